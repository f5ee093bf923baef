"""Downloads from a server of the tests' own, archives that the tests make: whole and checked, or nothing."""

import hashlib
import io
import os
import re
import stat
import struct
import threading
import warnings
import zipfile
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image

from segbook.data import fetch_dsb2018, fetch_isbi2012, published
from segbook.data.archives import unpack
from segbook.data.downloads import TRIES, download

CONTENT = np.random.default_rng(0).bytes(1_000_000)
REAL = Path(os.environ.get("SEGBOOK_DATA", "/none"), "isbi2012")
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Server:
    """Serves one file, and behaves as it is told."""

    def __init__(self, content=CONTENT):
        self.content, self.asked = content, []
        self.ranges, self.breaks, self.status, self.says, self.shift, self.lengths = True, [], 200, None, 0, True

    def answer(self, handler):
        asked = handler.headers["Range"]
        self.asked.append(asked)
        start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1]) if asked and self.ranges else 0
        if self.status != 200:
            return handler.send_error(self.status)
        if asked and self.ranges and start >= len(self.content):
            return handler.send_error(416)
        body = self.content[start:]
        handler.send_response(206 if asked and self.ranges else 200)
        if asked and self.ranges:
            handler.send_header(
                "Content-Range", f"bytes {start + self.shift}-{len(self.content) - 1}/{len(self.content)}"
            )
        if self.lengths:
            handler.send_header("Content-Length", str(self.says or len(body)))
        handler.end_headers()
        handler.wfile.write(body[: self.breaks.pop(0) if self.breaks else None])
        return None


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("TQDM_DISABLE", "1")
    told = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            told.answer(self)

        def log_message(self, *_):
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{http.server_port}/set.zip"
    threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield told
    http.shutdown()
    http.server_close()


def get(server, folder, **options):
    return download(server.url, folder / "set.zip", **{"sha256": SHA256, "most_bytes": 2_000_000} | options)


def left(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_downloaded_once(server, tmp_path):
    for _ in range(2):
        assert get(server, tmp_path).read_bytes() == CONTENT
    assert server.asked == [None]
    assert left(tmp_path) == ["set.zip"]


def test_a_download_that_breaks_off_goes_on_where_it_was(server, tmp_path):
    server.breaks = [300_000, 0, 200_000]
    assert get(server, tmp_path).read_bytes() == CONTENT
    assert server.asked == [None, "bytes=300000-", "bytes=300000-", "bytes=500000-"]
    assert left(tmp_path) == ["set.zip"]


def test_the_next_call_goes_on_too(server, tmp_path):
    server.breaks = [400_000] + [0] * (TRIES - 1)
    with pytest.raises(
        ConnectionError, match=r"broke off 5 times, after 400,000 bytes; the next call goes on from there"
    ):
        get(server, tmp_path)
    assert left(tmp_path) == [".set.zip.part"]
    assert get(server, tmp_path).read_bytes() == CONTENT
    assert server.asked[-1] == "bytes=400000-"


def test_a_server_that_cannot_go_on_starts_over(server, tmp_path):
    server.ranges, server.breaks = False, [300_000]
    assert get(server, tmp_path).read_bytes() == CONTENT
    assert server.asked == [None, "bytes=300000-"]


@pytest.mark.parametrize(("part", "shift"), [(CONTENT + b"more", 0), (CONTENT[:1000], 7)], ids=["longer", "elsewhere"])
def test_a_part_that_does_not_belong_to_the_file_is_dropped(server, tmp_path, part, shift):
    (tmp_path / ".set.zip.part").write_bytes(part)
    server.shift = shift
    assert get(server, tmp_path).read_bytes() == CONTENT
    assert server.asked[-1] is None


def test_a_length_need_not_be_known(server, tmp_path):
    server.lengths = False
    assert get(server, tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize("part", [b"", b"x" * 1000], ids=["fresh", "after a wrong part"])
def test_another_content_is_refused_and_nothing_is_left(server, tmp_path, part):
    if part:
        (tmp_path / ".set.zip.part").write_bytes(part)
    else:
        server.content = CONTENT[::-1]
    with pytest.raises(ValueError, match=f"does not match the known hash: expected sha256:{SHA256}"):
        get(server, tmp_path)
    assert left(tmp_path) == []


def test_a_file_that_is_too_large_is_refused_and_nothing_is_left(server, tmp_path):
    server.says = 10**13
    with pytest.raises(ValueError, match=r"has 10,000,000,000,000 bytes or more, 2,000,000 at most are taken"):
        get(server, tmp_path)
    server.says, server.lengths = None, False
    with pytest.raises(ValueError, match=r"has \d{3},\d{3} bytes or more, 500,000 at most are taken"):
        get(server, tmp_path, most_bytes=500_000)
    assert left(tmp_path) == []


def test_no_file_and_no_network_are_said(server, tmp_path):
    server.status = 404
    with pytest.raises(ConnectionError, match=r"set\.zip answers 404 \(Not Found\)\. Do this\."):
        get(server, tmp_path, instead="Do this.")
    with pytest.raises(ConnectionError, match=r"http://127\.0\.0\.1:9/x cannot be reached \(.*refused.*\)\. Do this\."):
        download("http://127.0.0.1:9/x", tmp_path / "x", sha256=None, most_bytes=9, instead="Do this.")
    assert left(tmp_path) == []


def packed(path, entries=(("a/b.txt", b"text"), ("c.txt", b"more")), **options):
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        warnings.simplefilter("ignore")  # of a name that is there already
        for name, data in entries:
            archive.writestr(name, data)
    return path


def test_an_archive_is_unpacked_into_its_folder(tmp_path):
    entries = [("empty/", b""), ("a/b.txt", b"text"), ("ümlaut é.txt", b"more")]
    folder = unpack(packed(tmp_path / "set.zip", entries), tmp_path / "deep/set")
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert files == {"a/b.txt": b"text", "ümlaut é.txt": b"more"}
    assert (folder / "empty").is_dir()
    assert left(tmp_path / "deep") == ["set"]


def test_a_folder_that_is_there_meanwhile_stays(tmp_path):
    def another(folder):
        (tmp_path / "set").mkdir()
        (tmp_path / "set/first.txt").touch()

    unpack(packed(tmp_path / "set.zip"), tmp_path / "set", check=another)
    assert left(tmp_path) == ["set", "set.zip"]
    assert left(tmp_path / "set") == ["first.txt"]


def special(kind, target=b"/etc/passwd"):
    entry = zipfile.ZipInfo("link.txt")
    entry.create_system, entry.external_attr = 3, (kind | 0o777) << 16
    return [("ok.txt", b"x"), (entry, target)]


def broken(change):
    def write(path):
        packed(path, [("a.bin", CONTENT[:50_000]), ("b.bin", CONTENT[:50_000])])
        path.write_bytes(change(bytearray(path.read_bytes())))

    return write


def flipped(data):
    data[20_000] ^= 255
    return data


def encrypted(data):
    for mark, offset in ((b"PK\1\2", 8), (b"PK\3\4", 6)):
        data[data.find(mark) + offset] |= 1
    return data


def lying(data):
    """Say in the table of contents that the first file is short."""
    place = data.find(b"PK\1\2") + 24
    data[place : place + 4] = struct.pack("<I", 10)
    return data


HOSTILE = {
    "up": ([("../evil.txt", b"x")], r"holds '\.\./evil\.txt', which lies outside its folder"),
    "up inside": ([("a/../../evil.txt", b"x")], r"lies outside its folder"),
    "absolute": ([("/tmp/evil.txt", b"x")], r"holds '/tmp/evil\.txt', which lies outside"),
    "drive": ([("C:/evil.txt", b"x")], r"holds 'C:/evil\.txt'"),
    "backslash": ([("..\\evil.txt", b"x")], r"lies outside its folder or is no plain name"),
    "dot": ([("./a.txt", b"x")], r"holds '\./a\.txt'"),
    "double slash": ([("a//b.txt", b"x")], r"holds 'a//b\.txt'"),
    "control": ([("a\x1b[2J.txt", b"x")], r"holds 'a\\x1b"),
    "no name": ([("/", b"")], r"holds '/', which lies outside"),
    "twice": ([("a.txt", b"x"), ("A.txt", b"y")], r"holds 'A\.txt' twice"),
    "link": (special(stat.S_IFLNK), r"holds 'link\.txt', which is a link or a device"),
    "device": (special(stat.S_IFBLK), r"which is a link or a device"),
    "pipe": (special(stat.S_IFIFO), r"which is a link or a device"),
    "file as folder": ([("a", b"x"), ("a/b.txt", b"x")], r"holds 'a', which is a file and a folder"),
    "many": ([(f"{i}.txt", b"") for i in range(60)], r"holds 60 entries, 50 at most are taken"),
    "bomb": ([("zeros.bin", bytes(3_000_000))], r"would take 3,000,000 bytes, 1,000,000 at most are taken"),
    "bombs": ([(f"{i}.bin", bytes(300_000)) for i in range(4)], r"would take 1,200,000 bytes"),
    "no zip": (lambda path: path.write_bytes(b"<html>not found</html>"), r"truncated or corrupt \(BadZipFile"),
    "empty": (lambda path: path.write_bytes(b""), r"truncated or corrupt \(BadZipFile"),
    "cut": (broken(lambda data: data[: len(data) // 2]), r"truncated or corrupt \(BadZipFile"),
    "cut head": (broken(lambda data: data[30_000:]), r"truncated or corrupt"),
    "flipped": (broken(flipped), r"truncated or corrupt"),
    "lying": (broken(lying), r"truncated or corrupt \(BadZipFile: (Bad CRC|File name|Overlapped)"),
    "encrypted": (broken(encrypted), r"holds 'a\.bin', which is encrypted"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_or_broken_archive_is_refused_and_nothing_is_left(name, tmp_path):
    entries, message = HOSTILE[name]
    cage = tmp_path / "cage"
    cage.mkdir()
    (entries if callable(entries) else lambda path: packed(path, entries))(cage / "set.zip")
    with pytest.raises(ValueError, match=message) as caught:
        unpack(cage / "set.zip", cage / "set", most_files=50, most_bytes=1_000_000)
    assert str(cage) in str(caught.value)
    assert left(cage) == ["set.zip"]
    assert left(tmp_path) == ["cage"]


def test_an_archive_of_something_else_is_refused_and_nothing_is_left(tmp_path):
    def check(folder):
        raise ValueError(f"there are only {left(folder)}")

    with pytest.raises(ValueError, match=r"there are only \['a', 'c\.txt'\]"):
        unpack(packed(tmp_path / "set.zip"), tmp_path / "set", check=check)
    assert left(tmp_path) == ["set.zip"]


def in_memory(write, array):
    file = io.BytesIO()
    write(file, array)
    return file.getvalue()


def bowl(rng, parts=(("train", 3), ("test", 2)), root="dsb2018/"):
    """A small set in the layout of the published one."""
    for part, count in parts:
        for number in range(count):
            for kind, dtype in (("images", np.uint8), ("masks", np.uint16)):
                array = rng.integers(0, 200, (16, 12 + number)).astype(dtype)
                yield f"{root}{part}/{kind}/{number}.tif", in_memory(tifffile.imwrite, array)


@pytest.fixture
def publish(server, monkeypatch, tmp_path):
    """Serve entries as the archive of a set."""
    monkeypatch.delenv("SEGBOOK_DATA", raising=False)

    def serve(name, entries, known=True):
        server.content = packed(tmp_path / "served.zip", entries).read_bytes()
        (tmp_path / "served.zip").unlink()
        sha256 = hashlib.sha256(server.content).hexdigest() if known else None
        monkeypatch.setattr(published, name, replace(getattr(published, name), url=server.url, sha256=sha256))

    return serve


def test_the_bowl_is_downloaded_unpacked_and_opened(publish, server, tmp_path):
    entries = dict(bowl(np.random.default_rng(0)))
    publish("DSB2018", list(entries.items()))
    train, test = (fetch_dsb2018(part, folder=tmp_path / "cache") for part in ("train", "test"))
    assert server.asked == [None]  # once
    assert left(tmp_path / "cache") == ["dsb2018"]
    assert [train.names, test.names] == [["0", "1", "2"], ["0", "1"]]
    image, labels, instances = train[2]
    expected = tifffile.imread(io.BytesIO(entries["dsb2018/train/masks/2.tif"]))
    assert image.shape == (1, 16, 14)
    assert instances.tolist() == expected.tolist()
    assert torch.equal(labels, (instances > 0).long())


def test_the_users_cache_is_taken_where_no_folder_is_named(publish, monkeypatch, tmp_path):
    monkeypatch.setattr(published.pooch, "os_cache", lambda project: tmp_path / project)
    publish("DSB2018", list(bowl(np.random.default_rng(0))))
    assert len(fetch_dsb2018("test")) == 2
    assert left(tmp_path / "segbook") == ["dsb2018"]


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([("readme.txt", b"x")], r"there is no folder train/images in it"),
        (list(bowl(np.random.default_rng(0), parts=[("train", 2)])), r"there is no folder test/images in it"),
        ([*bowl(np.random.default_rng(0)), ("dsb2018/test/images/9.tif", b"x")], r"1 of 3 images have no mask: 9"),
        ([*bowl(np.random.default_rng(0)), ("../evil", b"x")], r"which lies outside its folder"),
    ],
)
def test_an_archive_that_is_not_the_bowl_leaves_nothing(publish, tmp_path, entries, message):
    publish("DSB2018", entries)
    with pytest.raises(ValueError, match=message):
        fetch_dsb2018("train", folder=tmp_path / "cache")
    assert left(tmp_path / "cache") == []


def test_without_a_network_one_is_told_what_to_do(monkeypatch, tmp_path):
    monkeypatch.delenv("SEGBOOK_DATA", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(published, "DSB2018", replace(published.DSB2018, url="http://127.0.0.1:9/dsb2018.zip"))
    told = r"cannot be reached .* unpack it into a folder 'dsb2018', and set SEGBOOK_DATA to the folder above"
    with pytest.raises(ConnectionError, match=told):
        fetch_dsb2018("train", folder=tmp_path)
    assert left(tmp_path) == []


def test_a_local_copy_is_taken_and_nothing_is_downloaded(server, monkeypatch, tmp_path):
    monkeypatch.setenv("SEGBOOK_DATA", str(tmp_path))
    for root in ("dsb2018/dsb2018/", "dsb2018/"):
        for name, data in bowl(np.random.default_rng(0), root=root):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(data)
        assert len(fetch_dsb2018("train")) == 3
    with pytest.raises(ValueError, match=r"part must be one of train, test: got 'all'"):
        fetch_dsb2018("all")
    monkeypatch.setenv("SEGBOOK_DATA", str(tmp_path / "none"))
    told = r"SEGBOOK_DATA is '.*none', where there is no folder 'dsb2018': unpack https://github\.com.* or unset SEGBOOK_DATA"
    with pytest.raises(FileNotFoundError, match=told):
        fetch_dsb2018("train")
    assert server.asked == []


def test_the_small_file_of_the_bowl_is_taken_too(monkeypatch, tmp_path):
    monkeypatch.setenv("SEGBOOK_DATA", str(tmp_path))
    (tmp_path / "dsb2018-small").mkdir()
    images, labels = np.random.default_rng(0).integers(0, 9, (2, 4, 8, 8)).astype(np.uint8)
    np.savez(tmp_path / "dsb2018-small/dsb2018_small.npz", images=images, labels=labels, ids=np.array(list("abcd")))
    dataset = fetch_dsb2018("train")
    assert dataset.names == list("abcd")
    assert dataset[3][2].tolist() == labels[3].tolist()
    with pytest.raises(FileNotFoundError, match=r"there is no folder 'dsb2018'"):
        fetch_dsb2018("test")


@pytest.fixture
def slices(monkeypatch):
    """Eleven made-up slices in place of the challenge's thirty."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (11, 8, 8)).astype(np.uint8)
    labels = (rng.integers(0, 2, (11, 8, 8)) * 255).astype(np.uint8)
    stacks = {"train-volume.tif": images, "train-labels.tif": labels}
    checksums = {name: hashlib.sha256(stack.tobytes()).hexdigest() for name, stack in stacks.items()}
    monkeypatch.setattr(published, "ISBI2012_STACKS", checksums)
    return stacks


def is_the_challenge(dataset, slices):
    images, labels = slices.values()
    assert len(dataset) == 11
    for number, (image, label) in enumerate(dataset):
        np.testing.assert_allclose(image[0], images[number] / np.float32(255))
        assert label.tolist() == (labels[number] > 0).astype(int).tolist()


def test_the_challenge_is_downloaded_and_its_slices_are_checked(publish, slices, tmp_path):
    entries = [(f"ISBI-2012-challenge/{name}", in_memory(tifffile.imwrite, stack)) for name, stack in slices.items()]
    publish("ISBI2012", entries, known=False)
    is_the_challenge(fetch_isbi2012(folder=tmp_path / "cache"), slices)
    assert left(tmp_path / "cache") == ["isbi2012"]
    wrong = [(name, in_memory(tifffile.imwrite, 255 - stack)) for name, stack in slices.items()]
    publish("ISBI2012", wrong, known=False)
    with pytest.raises(ValueError, match=r"the slices of train-volume\.tif have sha256 \w{64}, those of the challenge"):
        fetch_isbi2012(folder=tmp_path / "other")
    assert left(tmp_path / "other") == []
    publish("ISBI2012", [("readme.txt", b"x")], known=False)
    with pytest.raises(ValueError, match=r"there is neither train-volume\.tif nor train/image in it"):
        fetch_isbi2012(folder=tmp_path / "other")


def test_a_local_copy_of_the_challenge_may_be_single_slices(monkeypatch, slices, tmp_path):
    monkeypatch.setenv("SEGBOOK_DATA", str(tmp_path))
    for kind, stack in zip(("image", "label"), slices.values(), strict=True):
        (tmp_path / "isbi2012/train" / kind).mkdir(parents=True)
        for number, plane in enumerate(stack):  # 10 comes after 9, not after 1
            Image.fromarray(plane).save(tmp_path / f"isbi2012/train/{kind}/{number}.png")
    is_the_challenge(fetch_isbi2012(), slices)


@pytest.mark.skipif(not REAL.is_dir(), reason="SEGBOOK_DATA names no folder with isbi2012")
def test_the_real_slices_have_the_checksums_that_are_written_down():
    dataset = fetch_isbi2012()
    assert len(dataset) == 30
    assert round(float(torch.stack([labels for _, labels in dataset]).float().mean()), 3) == 0.78  # cells
