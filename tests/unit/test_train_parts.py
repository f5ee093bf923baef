import shutil

import numpy as np
import pytest
from pictures import write_discs
from PIL import Image

from segbook.data import nuclei, nuclei_fields
from segbook.train.parts import open_parts, split


def names(parts):
    return [set(part.names) for part in (parts.train, parts.validation, parts.test)]


def test_no_image_and_no_field_of_the_sample_stands_in_two_parts():
    parts, fields = open_parts("sample"), nuclei_fields()
    assert set.union(*names(parts)) == {*nuclei("train").names, *nuclei("test").names}
    assert parts.test.names == nuclei("test").names
    for seen in (names(parts), [{fields[name] for name in part} for part in names(parts)]):
        assert sum(map(len, seen)) == len(set.union(*seen))
    assert parts.train[0][0].quantile(0.01).item() == pytest.approx(0, abs=1e-3)


def test_split_takes_whole_groups_and_nearly_the_share():
    groups = [number // 3 for number in range(60)]
    for seed in range(20):
        kept, chosen = split(groups, 0.2, seed=seed)
        assert sorted(kept + chosen) == list(range(60))
        assert not {groups[i] for i in kept} & {groups[i] for i in chosen}
        assert len(chosen) == 12
    assert split(groups, 0.2, seed=1) == split(groups, 0.2, seed=1) != split(groups, 0.2, seed=2)
    assert [len(part) for part in split(["a", "b"], 0.01)] == [len(part) for part in split(["a", "b"], 0.9)] == [1, 1]
    with pytest.raises(ValueError, match=r"2 images there must be at least 2 groups: got 1, \['a'\]"):
        split(["a", "a"], 0.5)


def test_images_that_group_by_finds_alike_stay_together(tmp_path):
    folder = write_discs(tmp_path / "discs", 12)
    together = names(open_parts(str(folder), group_by="^(.*)_tile"))
    assert [len(part) for part in together] == [8, 2, 2]
    for part in together:
        assert {f"{name[:-1]}{1 - int(name[-1])}" for name in part} == part
    with pytest.raises(ValueError, match=r"group_by='\^tile' finds nothing in the name 'field0_tile0'"):
        open_parts(str(folder), group_by="^tile")
    with pytest.raises(ValueError, match="sample has its own groups: leave out group_by='x'"):
        open_parts("sample", group_by="x")


def test_a_folders_own_test_part_stays_as_it_is(tmp_path):
    write_discs(tmp_path / "train", 4)
    write_discs(tmp_path / "test", 3, seed=1)
    parts = open_parts(str(tmp_path))
    assert [len(part) for part in names(parts)] == [3, 1, 3]
    assert parts.test.names == open_parts(str(tmp_path), seed=1).test.names


def test_a_picture_in_two_parts_is_refused(tmp_path):
    train, test = write_discs(tmp_path / "train", 4), write_discs(tmp_path / "test", 2, seed=1)
    for kind in ("images", "masks"):
        shutil.copy(train / kind / "field0_tile0.png", test / kind / "copy.png")
    with pytest.raises(
        ValueError, match=r"image 'field0_tile0' of (train|validation) and image 'copy' of test are the"
    ):
        open_parts(str(tmp_path))


def test_a_fingerprint_knows_images_masks_and_parts(tmp_path):
    folder = write_discs(tmp_path / "discs", 6)
    before = open_parts(str(folder)).sha256
    assert before == open_parts(str(folder)).sha256 != open_parts(str(folder), seed=1).sha256
    mask = folder / "masks/field0_tile0.png"
    changed = np.array(Image.open(mask))
    changed[0, 0] = 9
    Image.fromarray(changed).save(mask)
    assert open_parts(str(folder)).sha256 != before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"data": "nowhere"}, "one of sample, dsb2018, isbi2012, or a folder: there is no folder 'nowhere'"),
        ({"data": "sample", "masks": "boxes"}, "masks must be one of ids, classes: got 'boxes'"),
        ({"data": "sample", "validation": 1.5}, "validation must be a number from 0.01 to 0.9: got 1.5"),
        ({"data": "sample", "test": 0.0}, "test must be a number from 0.01 to 0.9: got 0.0"),
    ],
)
def test_what_cannot_be_opened_is_named(options, message):
    with pytest.raises((ValueError, OSError), match=message):
        open_parts(**options)


def test_images_of_other_channels_are_named(tmp_path):
    folder = write_discs(tmp_path / "discs", 4)
    Image.new("RGB", (32, 32), (9, 200, 3)).save(folder / "images/field1_tile1.png")
    with pytest.raises(ValueError, match=r"has (3|1) channels, the first one (1|3)"):
        open_parts(str(folder))


def test_slices_of_one_stack_are_parted_in_blocks(monkeypatch):
    from segbook.data import LabelledImages

    rng = np.random.default_rng(0)
    stack = LabelledImages(rng.integers(0, 255, (30, 8, 8), np.uint8), rng.integers(0, 2, (30, 8, 8), np.uint8))
    monkeypatch.setattr("segbook.train.parts.fetch_isbi2012", lambda: stack)
    parts = open_parts("isbi2012", masks="classes")
    assert not parts.instances
    for part in names(parts):
        blocks = {int(name) // 6 for name in part}
        assert len(part) == 6 * len(blocks)
