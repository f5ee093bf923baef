"""The sample of real nuclei: what it holds, and that it is what the script chooses."""

import hashlib
import os
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
import sample
import torch
from scipy import ndimage
from torch.utils.data import DataLoader

from segbook.data import CellScenes, normalise, nuclei

FOLDER = Path(sample.__file__).parents[1] / "segbook/data"


@pytest.mark.parametrize(("part", "count"), [("train", 36), ("test", 18)])
def test_a_part_gives_triples_as_scenes_do(part, count):
    dataset = nuclei(part)
    assert len(dataset) == len(dataset.names) == len(set(dataset.names)) == count
    scene = CellScenes(1, seed=0)[0]
    for item in dataset:
        assert [x.dtype for x in item] == [x.dtype for x in scene]
        assert [x.ndim for x in item] == [x.ndim for x in scene]
        image, labels, instances = item
        assert image.shape == (1, 256, 256)
        assert 0 <= image.min() < 0.1 < image.max() <= 1
        assert torch.equal(labels, (instances > 0).long())
        assert torch.equal(instances.unique(), torch.arange(instances.max() + 1))
        inside, outside = image[0][labels == 1].mean(), image[0][labels == 0].mean()
        assert inside > 2 * outside  # the labels lie where the nuclei are


def test_a_slice_is_a_smaller_dataset_and_nothing_remembers_what_was_asked():
    dataset = nuclei("test")
    last, few = dataset[-1], dataset[4:12:3]
    assert few.names == dataset.names[4:12:3]
    assert torch.equal(few[1][2], dataset[7][2])
    assert torch.equal(last[0], dataset[17][0])
    dataset[7][0].zero_()
    assert dataset[7][0].max() > 0  # what a reader does to an item stays with the item
    assert [len(batch[0]) for batch in DataLoader(few, batch_size=2)] == [2, 1]
    with pytest.raises(IndexError, match=r"index must lie in 0 … 17: got 18"):
        dataset[18]


def test_images_may_have_one_contrast():
    for (image, *maps), (other, *same) in zip(
        nuclei("test")[::5], nuclei("test", percentiles=(2, 99))[::5], strict=True
    ):
        assert torch.equal(other, normalise(image, low=2, high=99))
        assert all(torch.equal(a, b) for a, b in zip(maps, same, strict=True))


def test_a_part_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match=r"part must be one of train, test: got 'validation'"):
        nuclei("validation")


def test_the_parts_share_no_image_and_no_field():
    rows = re.findall(r"^\| (\w+) \| `(\w+)` \| (\d+) \| (\d+) \|", (FOLDER / "nuclei.md").read_text("utf-8"), re.M)
    listed = {part: [name for p, name, *_ in rows if p == part] for part in ("train", "test")}
    assert listed == {part: nuclei(part).names for part in ("train", "test")}
    assert [int(n) for *_, n in rows] == [int(x[2].max()) for part in ("train", "test") for x in nuclei(part)]
    fields = [{field for p, _, field, _ in rows if p == part} for part in ("train", "test")]
    assert not fields[0] & fields[1]
    assert all(name[:8] in sample.WHOLE for name in listed["test"])


def test_no_image_continues_or_repeats_one_of_the_other_part():
    train, test = ([item[0][0].numpy() * 255 for item in nuclei(part)] for part in ("train", "test"))
    numbers = sample.fields(np.stack(train + test).round().astype(np.uint8))
    assert not set(numbers[:36]) & set(numbers[36:])
    assert len(set(numbers)) < 54  # some tiles of one field are in one part, and are seen to be
    flat = np.stack(train + test).reshape(54, -1)
    alike = np.corrcoef(flat) - np.eye(54)
    assert alike.max() < 0.5  # no picture twice


@pytest.mark.parametrize("seed", range(5))
def test_tiles_of_one_picture_are_found_and_others_are_not(seed):
    rng = np.random.default_rng(seed)
    pictures = ndimage.gaussian_filter(rng.normal(size=(2, 128, 128)), (0, 3, 3)) * 800 + 128
    tiles = [picture[a : a + 64, b : b + 64] for picture in pictures for a in (0, 64) for b in (0, 64)]
    numbers = sample.fields(np.stack(tiles))
    assert len(set(numbers[:4])) == len(set(numbers[4:])) == 1
    assert numbers[0] != numbers[4]


def test_the_sample_is_small_and_says_where_it_comes_from():
    assert sum((FOLDER / name).stat().st_size for name in ("nuclei.zip", "nuclei.md")) < 1.5e6
    note = (FOLDER / "nuclei.md").read_text("utf-8")
    for said in ("BBBC038v1", "10.1038/s41592-019-0612-7", "CC0 1.0", sample.ARCHIVE):
        assert said in note


def test_the_script_refuses_another_archive(tmp_path, monkeypatch):
    (tmp_path / "other.npz").write_bytes(b"other")
    monkeypatch.setattr("sys.argv", ["sample.py", str(tmp_path / "other.npz"), "--out", str(tmp_path)])
    with pytest.raises(SystemExit, match=hashlib.sha256(b"other").hexdigest()):
        sample.main()
    assert [path.name for path in tmp_path.iterdir()] == ["other.npz"]


@pytest.mark.skipif("SEGBOOK_DATA" not in os.environ, reason="needs the archive: SEGBOOK_DATA names its folder")
def test_the_script_writes_what_lies_in_the_package(tmp_path, monkeypatch):
    archive = Path(os.environ["SEGBOOK_DATA"]) / "dsb2018-small/dsb2018_small.npz"
    monkeypatch.setattr("sys.argv", ["sample.py", str(archive), "--out", str(tmp_path)])
    sample.main()
    assert (tmp_path / "nuclei.md").read_bytes() == (FOLDER / "nuclei.md").read_bytes()
    new, old = (zipfile.ZipFile(folder / "nuclei.zip") for folder in (tmp_path, FOLDER))
    with new, old:
        assert new.namelist() == old.namelist()
        for name in old.namelist():  # another zlib may pack the same pixels otherwise
            pixels = [np.array(sample.Image.open(archive.open(name))) for archive in (new, old)]
            np.testing.assert_array_equal(*pixels)
