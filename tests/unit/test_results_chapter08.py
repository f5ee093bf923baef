"""What chapter 8 claims of training is what its stored notebook printed, and what the seeds' table says."""

from results import assert_chapter_has, measured, parameters, printed, table, verdicts

NETWORKS = {  # the book's benchmark: what the chapter calls it
    "encoder–decoder, depth 4": "none, $H/16$",
    "encoder–decoder, depth 3": "none, $H/8$",
    "U-Net, summed skips": "sum, $H/8$",
    "U-Net": "concatenation, $H/8$",
}


def table_of(rows):
    columns = {"parameters": parameters, "IoU of the cells": ("IoU", 3), "boundary F": ("boundary F", 3)}
    return table(rows, "skips", NETWORKS, columns)


def test_skips_sharpen_outlines_in_the_stored_chapter():
    text = printed("08_unet")
    for skips in ("sum", "concat"):
        assert f"{skips} · boundary F higher by more than 0.3: True · IoU by more than 0.1: True" in text
    assert "the outlines follow the skips, by more than 0.3: True" in text
    assert "no shift, no change: True" in text


def test_every_ordering_that_the_chapter_prints_is_as_its_text_says():
    false = [line for line in verdicts("08_unet") if line.endswith("False")]
    assert false == ["next tile 84 rows on: equal to one pass: False"]


def test_the_table_over_seeds_is_that_of_the_results():
    assert_chapter_has("08_unet", table_of(measured()))


if __name__ == "__main__":
    print(table_of(measured()))
