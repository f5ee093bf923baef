"""Chapter 10's tables are what benchmarks/training.py measured, and what it counts is what its text says."""

import re
from statistics import mean

from results import assert_chapter_has, context, experiment, measured, parameters, printed, table

MODELS = {
    "patch classifier": "patch classifier",
    "FCN-8s": "FCN-8s",
    "encoder–decoder, depth 3": "encoder–decoder",
    "U-Net": "U-Net",
    "U-Net, weighted loss": "U-Net, weighted",
}


def work(run):
    return f"{run['multiply–adds'] / 1e6:,.0f} M"


def time(run):
    return f"{run['time']:.1f}"


IDEAS = {  # the notes' closing table, and a row of the book's own
    "patch classifier": "Patch-based | local classification | simple",
    "FCN-8s": "FCN | full-image convolution | efficient",
    "encoder–decoder, depth 3": "Deconvolution | learnable upsampling | resolution recovery",
    "U-Net": "U-Net | skip connections | sharp boundaries",
    "U-Net, weighted loss": "U-Net, weighted | costly borders | cells apart",
}


def costs(rows):
    columns = {"parameters": parameters, "multiply–adds": work, "time": time}
    text = table(rows, "model | key idea | strength", IDEAS, columns)
    return text.replace("|---|---|---|---|\n", "|---|---|---|---|---|---|\n")  # two of the columns stand in the names


def gains(rows):
    columns = {"mIoU": ("mIoU", 3), "boundary F": ("boundary F", 3), "AP": ("AP", 2), "merged": ("merged", 2)}
    return table(rows, "network", MODELS, columns)


def decisions(rows):
    """Write the table of advice, with the numbers that back it."""

    def of(model, score, digits=3):
        runs = [row for row in rows if row["model"] == model]
        return f"{mean(row[score] for row in runs):.{digits}f}"

    unet, weighted, shallow, fcn = "U-Net", "U-Net, weighted loss", "encoder–decoder, depth 1", "FCN-8s"
    first = {row["model"]: row for row in rows}
    lines = [
        (
            "areas and outlines",
            "U-Net",
            f"mIoU {of(unet, 'mIoU')}, F {of(unet, 'boundary F')}: best of the five",
        ),
        (
            "areas, where a few pixels around suffice",
            "an encoder–decoder of depth 1",
            f"mIoU {of(shallow, 'mIoU')}, F {of(shallow, 'boundary F')} with {parameters(first[shallow])} parameters in "
            f"{time(first[shallow])} of U-Net's time",
        ),
        (
            "a count of round cells that touch",
            "U-Net and a watershed",
            f"AP {experiment('plain', 'watershed', 300, 'AP'):.2f} in place of "
            f"{experiment('plain', 'components', 300, 'AP'):.2f} after 300 steps, at no cost in area",
        ),
        (
            "the same, read at ½, without a watershed",
            "U-Net with weights",
            f"AP {of(weighted, 'AP', 2)} in place of {of(unet, 'AP', 2)}, merged {of(weighted, 'merged', 2)} in place of "
            f"{of(unet, 'merged', 2)}",
        ),
        (
            "a count of cells of odd shapes",
            "U-Net, its threshold tuned",
            f"after 3,000 steps AP {experiment('shapes: plain', 'tuned components', 3000, 'AP'):.2f}, with weights at ½ "
            f"{experiment('shapes: border', 'components', 3000, 'AP'):.2f}; a watershed tears them "
            f"({experiment('shapes: plain', 'watershed', 3000, 'AP'):.2f})",
        ),
        (
            "what is far away to count",
            "depth and skips",
            f"IoU {context(3, 'concat'):.2f}, without skips {context(3, 'none'):.2f}, with depth 1 "
            f"{context(1, 'concat'):.2f} ([chapter 8](08_unet.ipynb))",
        ),
        ("cells that never touch", "U-Net without weights", "nothing to part"),
        (
            "a large context for little work",
            "FCN-8s",
            f"{work(first[fcn])} multiply–adds, U-Net {work(first[unet])}; but F {of(fcn, 'boundary F')}",
        ),
        (
            "a first baseline",
            "a patch classifier, slid",
            f"{parameters(first['patch classifier'])} parameters, F {of('patch classifier', 'boundary F')}",
        ),
    ]
    return "\n".join(
        ["| you want | take | because |", "|---|---|---|", *(f"| {' | '.join(cells)} |" for cells in lines)]
    )


def test_the_closing_table_is_the_measured_one():
    assert_chapter_has("10_summary", costs(measured()))
    assert_chapter_has("10_summary", gains(measured()))


def test_the_advice_quotes_the_measured_numbers():
    assert_chapter_has("10_summary", decisions(measured()))


def test_parameters_and_multiply_adds_that_the_chapter_computes_are_the_benchmarks():
    first = {row["model"]: row for row in measured()}
    lines = re.findall(r"^ *(\S.*?) +([\d,]+) parameters +([\d,]+) multiply–adds$", printed("10_summary"), re.MULTILINE)
    counted = {name: (count, work) for name, count, work in lines if name != "by the ledger"}
    expected = {name: first[model] for model, name in MODELS.items()}
    assert counted == {name: (parameters(run), f"{run['multiply–adds']:,}") for name, run in expected.items()}
    by_ledger = [line[1:] for line in lines if line[0] == "by the ledger"]
    assert by_ledger == [counted["encoder–decoder"], counted["U-Net"]]


def test_stride_loses_and_the_transpose_restores_sizes_only():
    said = printed("10_summary")
    for line in (
        "(4, 9) · rank 4 · lost directions 5",
        "what the ripple adds to the output: [0 0 0 0]",
        "adjoint: 1000 times out of 1000",
        "torch against the matrix: largest difference 0",
        "samples back: 9 of 9 · unchanged: 0",
        "sizes that shrink to 4: 9 10",
    ):
        assert line in said, line


def test_patches_have_the_fewest_parameters_and_the_most_work_and_the_fcn_the_least():
    first = {row["model"]: row for row in measured() if row["model"] in MODELS}
    assert min(first, key=lambda model: first[model]["parameters"]) == "patch classifier"
    assert max(first, key=lambda model: first[model]["multiply–adds"]) == "patch classifier"
    assert min(first, key=lambda model: first[model]["multiply–adds"]) == "FCN-8s"


def test_in_every_seed_u_net_has_the_best_outlines_and_the_weights_the_fewest_merged_cells():
    for seed in (0, 1, 2):
        runs = {row["model"]: row for row in measured() if row["seed"] == seed and row["model"] in MODELS}
        assert max(runs, key=lambda model: runs[model]["boundary F"]) == "U-Net"
        assert max(runs, key=lambda model: runs[model]["mIoU"]) == "U-Net"
        assert min(runs, key=lambda model: runs[model]["merged"]) == "U-Net, weighted loss"


if __name__ == "__main__":
    print(costs(measured()), gains(measured()), decisions(measured()), sep="\n\n")
