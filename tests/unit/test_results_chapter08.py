"""What chapter 8 claims of training is what its stored notebook printed, and what the seeds' table says."""

from ranges import values
from results import ROOT, assert_chapter_has, context, experiment, measured, parameters, printed, table

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
    _, without = values("none IoU # · boundary F #", text)
    for skips in ("sum", "concat"):
        assert values(f"{skips} IoU # · boundary F #", text)[1] > without + 0.2
    (stay,) = values("boundary F # against the true outlines", text)
    (follow,) = values("boundary F # against the outlines moved", text)
    assert follow > stay + 0.2


def test_the_table_over_seeds_is_that_of_the_results():
    assert_chapter_has("08_unet", table_of(measured()))


def context_table():
    lines = ["| depth | no skips | summed | concatenated |", "|---|---|---|---|"]
    for depth in (1, 2, 3, 4):
        cells = (f"{context(depth, s):.2f} ± {context(depth, s, part=1):.2f}" for s in ("none", "sum", "concat"))
        lines.append(f"| {depth} | {' | '.join(cells)} |")
    return "\n".join(lines)


def test_the_table_of_the_task_that_needs_context_is_the_measured_one():
    assert_chapter_has("08_unet", context_table())
    wide = experiment("context: depth 1, as wide as depth 3 is heavy", "tuned components", 1000, "IoU")
    text = (ROOT / "book/08_unet.md").read_text("utf-8")
    assert f"({wide:.2f} with as many parameters as depth 3)" in text


if __name__ == "__main__":
    print(table_of(measured()))
