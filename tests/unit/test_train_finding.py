"""`segbook find`: a folder of pictures from elsewhere becomes overlays, maps of ids and a table."""

import csv
import io
import math
import subprocess
import sys

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image
from torch.nn import functional as F

from segbook.data import nuclei, read_image, read_labels
from segbook.metrics import average_precision, instance_counts
from segbook.models import UNet
from segbook.train import Trained, find_objects, pretrained
from segbook.train.finding import main

SHOWN = (4, 1, 9)  # of the test images


@pytest.fixture(scope="module")
def net():
    return pretrained("nuclei")


@pytest.fixture
def folder(tmp_path):
    """Make the same kinds of picture that a stranger brought: a 12-bit camera's, a dark stain, one in colour."""
    made = tmp_path / "my images [1]"
    made.mkdir()
    camera, dark, red = (nuclei("test")[n][0][0].numpy() for n in SHOWN)
    tifffile.imwrite(made / "camera 1.tif", np.kron(4095 * camera, np.ones((2, 2))).astype(np.uint16))
    Image.fromarray((255 - 255 * dark).round().astype(np.uint8)).save(made / "dark.png")
    colours = np.zeros((*red.shape, 3), np.uint8)
    colours[..., 0], colours[..., 1] = 255 * red, 9
    Image.fromarray(colours).save(made / "red.png")
    return made


def ap(ids, true):
    return average_precision(instance_counts(ids[None], true[None], thresholds=(0.5,)))[0].item()


def sheet(out, text):
    out.mkdir(exist_ok=True)
    (out / "settings.csv").write_text(text, "utf-8")


def test_what_the_sheet_says_makes_foreign_pictures_as_good_as_the_images_they_were(folder, tmp_path, net, capsys):
    out = tmp_path / "results"
    sheet(out, "image,channel,invert,scale\n*.png,0,,\ncamera*,,,0.5\ndark.png,,yes,\n")
    found = find_objects(folder, out, net)
    for name, n in zip(("camera 1.tif", "dark.png", "red.png"), SHOWN, strict=True):
        image, _, true = nuclei("test")[n]
        own, size = ap(net.instances(image), true), found[name].shape
        true = true.repeat_interleave(size[0] // 256, 0).repeat_interleave(size[1] // 256, 1)
        assert ap(found[name], true) == pytest.approx(own, abs=0.03), name
        assert own > 0.7
    said = capsys.readouterr().out
    assert "camera 1.tif: 512 × 512, " in said
    assert "bright" not in said  # every picture is read the right way round


def test_a_picture_read_the_wrong_way_round_is_said_to_be_bright(folder, tmp_path, net):
    lines: list[str] = []
    find_objects(folder, tmp_path / "out", net, say=lines.append)
    (place,) = (n for n, line in enumerate(lines) if line.startswith("dark.png"))
    assert (
        "most of the picture is bright; the network looks for bright objects: is invert=no right?" in lines[place + 1]
    )
    assert sum("is invert=" in line for line in lines) == 1
    assert sum("the brightest of 3 channels is taken; is one of them yours?" in line for line in lines) == 1
    sheet(tmp_path / "out", "image,invert\nred.png,yes\ndark*,yes\n")
    lines.clear()
    find_objects(folder, tmp_path / "out", net, say=lines.append)
    assert [line for line in lines if "even inverted; " in line] == [
        "  most of the picture is bright, even inverted; the network looks for bright objects: is invert=yes right?"
    ]


def test_no_image_of_the_sample_is_said_to_be_bright_and_each_one_inverted_is(net):
    from segbook.train.finding import _report
    from segbook.train.sheet import Row

    nothing = torch.zeros(256, 256, dtype=torch.int64)
    for part in ("train", "test"):
        for image, *_ in nuclei(part):
            assert not any("bright" in line for line in _report("a", image, image[0], nothing, Row(), ()))
            assert any("bright" in line for line in _report("a", 1 - image, 1 - image[0], nothing, Row(), ()))


def test_a_scale_that_does_not_suit_is_seen_and_the_one_that_it_says_is_better(tmp_path, net):
    (tmp_path / "in").mkdir()
    truths = {}
    for n in range(6):
        image, _, ids = nuclei("test")[n]
        small = F.interpolate(image[None], scale_factor=0.5, mode="area")[0, 0]
        Image.fromarray((255 * small).round().to(torch.uint8).numpy()).save(tmp_path / f"in/{n}.png")
        truths[f"{n}.png"] = ids[::2, ::2]
    lines: list[str] = []
    first = find_objects(tmp_path / "in", tmp_path / "out", net, say=lines.append)
    advice = [line.rsplit("scale=", 1)[1].split()[0] for line in lines if "is scale=" in line]
    assert len(advice) >= 4
    scale = float(np.median([float(one) for one in advice]))
    assert 1.5 <= scale <= 3
    sheet(tmp_path / "out", f"image,scale\n*,{scale}\n")
    again = find_objects(tmp_path / "in", tmp_path / "out", net, say=lines.append)
    before, after = (np.mean([ap(found[name], true) for name, true in truths.items()]) for found in (first, again))
    assert after > before + 0.1, (before, after)


def test_overlays_labels_and_table_tell_of_the_same_objects(folder, tmp_path, net):
    out = tmp_path / "out"
    found = find_objects(folder, out, net, say=lambda line: None)
    table = list(csv.DictReader((out / "objects.csv").read_text("utf-8").splitlines()))
    for name, ids in found.items():
        stem = name.rsplit(".", 1)[0]
        assert read_labels(out / f"labels/{stem}.png").equal(ids)
        rows = [row for row in table if row["image"] == name]
        assert [int(row["id"]) for row in rows] == list(range(1, int(ids.max()) + 1))
        assert [int(row["pixels"]) for row in rows] == torch.bincount(ids.flatten())[1:].tolist()
        image = read_image(folder / name).amax(dim=0)
        assert float(rows[0]["grey"]) == pytest.approx(image[ids == 1].mean().item(), abs=1e-5)  # as in the file
        overlay = read_image(out / f"overlays/{stem}.png")
        assert max(overlay.shape[1:]) >= 1000
        times = overlay.shape[1] // ids.shape[0]
        inside = overlay[:, (times // 2) :: times, (times // 2) :: times]  # the middle of every pixel
        coloured = inside.amax(dim=0) - inside.amin(dim=0) > 0.2
        assert not coloured[ids == 0].float().mean() > 0.05  # outlines hug the objects
        whole = (overlay.amax(dim=0) - overlay.amin(dim=0) > 0.2).float().mean()
        assert whole > 0.002
    assert (out / "settings.csv").read_text("utf-8").splitlines()[1] == "*,brightest,no,1,0.7,5,20"


def test_a_picture_that_cannot_be_read_does_not_stop_the_others(folder, tmp_path, capsys):
    (folder / "broken.png").write_bytes(b"no picture")
    tifffile.imwrite(folder / "stack.tif", np.zeros((5, 64, 64), np.uint8), photometric="minisblack")
    out = tmp_path / "out"
    assert main([str(folder), "--out", str(out)]) == 1
    said, errors = capsys.readouterr()
    assert "objects in 3 pictures; look at overlays, change settings.csv, and run it again" in said
    assert errors.count("left out: ") == 2
    assert "broken.png" in errors
    assert "stack.tif" in errors
    assert sorted(path.stem for path in (out / "labels").iterdir()) == ["camera 1", "dark", "red"]
    with pytest.raises(ValueError, match=r"broken\.png"):
        find_objects(folder, out, pretrained("nuclei"))


def test_a_corrected_map_of_ids_stays_and_overlay_and_table_are_made_from_it(folder, tmp_path, net):
    out = tmp_path / "out"
    found = find_objects(folder, out, net, say=lambda line: None)
    find_objects(folder, out, net, say=lambda line: None)  # what is as it was written is written again
    mine = np.asarray(Image.open(out / "labels/red.png")).copy()
    mine[mine == 1] = 0
    mine[:9, :9] = 999
    Image.fromarray(mine).save(out / "labels/red.png")
    sheet(out, "image,threshold\n*,0.99\n")
    lines: list[str] = []
    again = find_objects(folder, out, net, say=lines.append)
    assert "  labels/red.png was corrected, and is taken as it is" in lines
    assert (read_labels(out / "labels/red.png") == torch.from_numpy(mine.astype(np.int64))).all()
    assert (again["red.png"] == 999).sum() == 81
    assert not again["dark.png"].equal(found["dark.png"])
    rows = [row for row in (out / "objects.csv").read_text("utf-8").splitlines() if row.startswith("red.png")]
    assert len(rows) == len(again["red.png"].unique()) - 1
    assert rows[-1].startswith("red.png,999,81,4.0,4.0,")
    Image.fromarray(mine[:50]).save(out / "labels/red.png")
    with pytest.raises(ValueError, match=r"red\.png is \(50, 256\), while its picture is \(256, 256\)"):
        find_objects(folder, out, net, say=lambda line: None)


def shortened(chunk: bytes) -> bytes:
    """Save a map of ids in which a chunk says that it is 8 bytes shorter than it is."""
    Image.new("L", (256, 256)).save(file := io.BytesIO(), "PNG")
    before, after = file.getvalue().split(chunk, 1)
    return before[:-1] + bytes([before[-1] - 8]) + chunk + after


@pytest.mark.parametrize(
    "saved",
    [b"my half saved correction", shortened(b"IHDR"), shortened(b"IDAT")],
    ids=["no picture", "a header cut short", "values cut short"],
)
def test_a_map_of_ids_that_cannot_be_read_is_left_alone_and_the_others_go_on(folder, tmp_path, net, saved):
    out, left = tmp_path / "out", []
    (out / "labels").mkdir(parents=True)
    (out / "labels/red.png").write_bytes(saved)
    found = find_objects(folder, out, net, say=lambda line: None, leave_out=left.append)
    assert found.keys() == {"camera 1.tif", "dark.png"}
    assert ["red.png" in line for line in left] == [True]
    assert (out / "labels/red.png").read_bytes() == saved


def test_what_an_earlier_run_said_of_a_picture_that_is_left_out_goes(folder, tmp_path, net):
    out, left = tmp_path / "out", []
    find_objects(folder, out, net, say=lambda line: None)
    sheet(out, "image,channel\nred.png,9\n")
    find_objects(folder, out, net, say=lambda line: None, leave_out=left.append)
    assert [line.rsplit("/", 1)[1] for line in left] == ["red.png: channel must be from 0 to 2: got 9"]
    for one in ("labels", "overlays"):
        assert sorted(path.stem for path in (out / one).iterdir()) == ["camera 1", "dark"]


def test_two_stains_are_not_added_up_in_silence(folder, tmp_path, net):
    red, other = (nuclei("test")[n][0][0].numpy() for n in (9, 14))
    both = np.stack([red, other[::-1], np.zeros_like(red)], axis=-1)
    Image.fromarray((255 * both).astype(np.uint8)).save(folder / "red.png")
    lines: list[str] = []
    find_objects(folder, tmp_path / "out", net, say=lines.append)
    (place,) = (n for n, line in enumerate(lines) if line.startswith("red.png"))
    assert lines[place + 1] == (
        "  channels 0 and 1 show different things, and the brightest is taken: set channel to yours"
    )


def test_nothing_is_written_when_something_is_wrong_from_the_start(folder, tmp_path, net):
    out = tmp_path / "out"
    with pytest.raises(ValueError, match="there are no pictures"):
        find_objects(tmp_path, out, net)
    with pytest.raises(OSError, match="nowhere"):
        find_objects(tmp_path / "nowhere", out, net)
    with pytest.raises(ValueError, match="trained on classes"):
        find_objects(folder, out, Trained(net.model, None, (1.0, 99.8), {}))
    (folder / "red.tif").write_bytes((folder / "camera 1.tif").read_bytes())
    with pytest.raises(ValueError, match=r"red\.png and red\.tif would have one name"):
        find_objects(folder, out, net)
    assert not out.exists()


def test_a_network_of_colours_gets_them_and_refuses_a_channel(folder, tmp_path, net):
    colourful = Trained(UNet(3, 2, width=2, depth=1, padding=True), net.readout, (1.0, 99.8), {})
    for path in folder.iterdir():
        if path.name != "red.png":
            path.unlink()
    assert find_objects(folder, tmp_path / "out", colourful).keys() == {"red.png"}
    sheet(tmp_path / "out", "image,channel\n*,1\n")
    with pytest.raises(ValueError, match="the network looks at 3 channels: leave channel empty"):
        find_objects(folder, tmp_path / "out", colourful)


def test_an_image_of_other_channels_is_refused_in_plain_words(net):
    with pytest.raises(ValueError, match=r"must have 1 channel\(s\): got \(3, 32, 32\); choose image\[2:3\], or the"):
        net.instances(torch.rand(3, 32, 32))


def test_a_channel_that_is_not_there_is_named(folder, tmp_path, net):
    sheet(tmp_path / "out", "image,channel\n*,7\n")
    with pytest.raises(ValueError, match="channel must be from 0 to 0: got 7"):
        find_objects(folder, tmp_path / "out", net)


def test_an_empty_picture_has_no_objects_and_says_what_to_try(tmp_path, net):
    (tmp_path / "in").mkdir()
    Image.new("L", (40, 30)).save(tmp_path / "in/black.png")
    lines: list[str] = []
    found = find_objects(tmp_path / "in", tmp_path / "out", net, say=lines.append)
    assert found["black.png"].shape == (30, 40)
    assert not found["black.png"].any()
    assert lines[:2] == [
        "black.png: 30 × 40, 0 objects",
        "  nothing was found: look at channel, invert and scale, or lower the threshold",
    ]
    assert (tmp_path / "out/objects.csv").read_text("utf-8") == "image,id,pixels,row,column,grey,at edge\n"


def test_the_radius_that_is_said_is_that_of_the_median_object(folder, tmp_path, net):
    lines: list[str] = []
    found = find_objects(folder, tmp_path / "out", net, say=lines.append)
    area = torch.bincount(found["red.png"].flatten())[1:].double().median().item()
    assert any(line.endswith(f"median radius {math.sqrt(area / math.pi):.1f} pixels") for line in lines)


def test_the_command_says_what_is_wrong_and_both_ways_to_call_it_work(tmp_path, capsys):
    assert main([str(tmp_path / "nowhere"), "--out", str(tmp_path / "out")]) == 2
    assert "segbook find: " in capsys.readouterr().err
    for start in (["-m", "segbook"], ["-m", "segbook.grading.cli"]):
        if start[1] == "segbook":
            done = subprocess.run(
                [sys.executable, *start, "find", "--help"], capture_output=True, text=True, check=True
            )
            assert "settings.csv" in done.stdout
