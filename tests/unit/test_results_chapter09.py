"""What chapter 9 says about averages is what benchmarks/experiments measured; what weights do to the gradient."""

import numpy as np
import pytest
import torch
from results import ROOT, assert_chapter_has, difference, experiment, experiment_table, experiments, floor, interval
from scipy import ndimage
from skimage.filters import threshold_otsu

from segbook import metrics
from segbook.data import CellScenes, cell_scene
from segbook.losses import cross_entropy
from segbook.objects import instances_from
from segbook.pixel_weights import border_distances, carve_touching, weight_map

HALF, TUNED, CUT, TUNED_CUT = "components", "tuned components", "watershed", "tuned watershed"
SCORES = {"IoU": ("IoU", 3), "AP": ("AP", 2), "merged": ("merged", 2), "F per cell": ("F per cell", 3)}
OBJECTS = {"IoU": ("IoU", 2), "AP": ("AP", 2), "merged": ("merged", 2), "split": ("split", 2)}
BY_READING = {
    "IoU at ½": ("IoU", 3, HALF),
    "AP at ½": ("AP", 2, HALF),
    "AP, watershed": ("AP", 2, CUT),
    "AP, tuned": ("AP", 2, TUNED),
}
WITHOUT = {
    "truth, components": "the true classes, components",
    "truth, watershed": "the true classes, watershed",
    "carved truth, components": "the carved target, components",
    "all background": "background everywhere",
    "Otsu, watershed": "Otsu's threshold, watershed",
}
READINGS = {HALF: "at ½", CUT: "at ½, watershed", TUNED: "tuned", TUNED_CUT: "tuned, watershed"}
NETWORKS = {"plain": "without weights", "border": "with weights"}
PRINTED, RING, DEAR, BALANCED = (
    f"control: {name}"
    for name in (
        "the formula as printed, at every pixel",
        "a ring without d_2, equal total weight",
        "a dear background, equal total weight",
        "balanced w_c",
    )
)


def floors(scenes, lead=""):
    return [(lead + words, (scenes, answer)) for answer, words in WITHOUT.items()]


def read_three_ways(kind, mark, networks=NETWORKS, lead=""):
    return [
        (f"{lead}{network}, {words}", (kind + name, mark, reading))
        for name, network in networks.items()
        for reading, words in READINGS.items()
    ]


def readings_table():
    lines = (
        floors("cells", "– | ") + read_three_ways("", 300, lead="300 | ") + read_three_ways("", 3000, lead="3,000 | ")
    )
    return experiment_table("steps | answer", lines, SCORES)


MAPS = {
    "(a) at every pixel, our distances": PRINTED,
    "(b) on background only": "border",
    "(c) a ring around every cell, without $d_2$": RING,
    "(d) all background alike": DEAR,
    "(e) as (b), $w_c$ balanced": BALANCED,
    "(f) no weights": "plain",
}


def maps_table():
    return experiment_table("weights", [(words, (row, 1000)) for words, row in MAPS.items()], BY_READING)


def sweep_table():
    named = {
        "$w_0$ = 1, σ = 5": "control: w_0 = 1",
        "$w_0$ = 3, σ = 5": "control: w_0 = 3",
        "$w_0$ = 10, σ = 5": "border",
        "$w_0$ = 30, σ = 5": "control: w_0 = 30",
        "$w_0$ = 10, σ = 2": "control: σ = 2",
        "$w_0$ = 10, σ = 10": "control: σ = 10",
    }
    return experiment_table("settings", [(words, (row, 1000)) for words, row in named.items()], BY_READING)


def shapes_table():
    return experiment_table("odd shapes", floors("shapes") + read_three_ways("shapes: ", 3000), OBJECTS)


def nuclei_table():
    networks = NETWORKS | {"three classes": "border as a third class"}
    return experiment_table("real nuclei", floors("nuclei") + read_three_ways("nuclei: ", 3000, networks), OBJECTS)


def equal_table():
    lines = ["| steps | AP at least | with weights | without | difference |", "|---|---|---|---|---|"]
    for one in experiments()["equal"]:
        if one["scenes"] == "cells" and "difference" in one and one["AP"] in (0.5, 0.9, 0.95):
            cells = [f"{one['mark']:,}", f"{one['AP']:g}", f"{one['border']:.3f}", f"{one['plain']:.3f}"]
            lines.append(f"| {' | '.join(cells)} | {interval(one['difference'])} |")
    return "\n".join(lines)


def in_short(first, lines, columns):
    """Write the table that stays open: a line is its words and (network, reading), or (scenes, answer) without one."""
    text = [f"| {first} | {' | '.join(columns)} |", "|" + "---|" * (1 + len(columns))]
    for words, (source, how) in lines:
        cells = []
        for score, digits, mark in columns.values():
            if how not in READINGS:
                cells.append(f"{floor(source, how, score):.{digits}f}")
                continue
            mean, deviation = (experiment(source, how, mark, score, part=part) for part in (0, 1))
            cells.append(f"{mean:.{digits}f} ± {deviation:.{digits}f}")
        text.append(f"| {words} | {' | '.join(cells)} |")
    return "\n".join(text)


def bounds(scenes):
    return [
        ("floor: Otsu's threshold, watershed", (scenes, "Otsu, watershed")),
        ("the carved target itself", (scenes, "carved truth, components")),
    ]


def networks_in_short(kind=""):
    plain, border = kind + "plain", kind + "border"
    return [
        ("no weights, at ½", (plain, HALF)),
        ("no weights, at ½, watershed", (plain, CUT)),
        ("no weights, tuned", (plain, TUNED)),
        ("weights, at ½", (border, HALF)),
        ("weights, tuned", (border, TUNED)),
    ]


def short_readings_table():
    columns = {
        "AP, 300 steps": ("AP", 2, 300),
        "AP, 3,000 steps": ("AP", 2, 3000),
        "IoU, 3,000 steps": ("IoU", 3, 3000),
    }
    return in_short("round cells", networks_in_short() + bounds("cells"), columns)


def short_maps_table():
    lines = [(words, (row, HALF)) for words, row in MAPS.items()]
    return in_short("loss", lines, {"AP at ½, 1,000 steps": ("AP", 2, 1000), "IoU at ½, 1,000 steps": ("IoU", 3, 1000)})


def short_shapes_table():
    return in_short(
        "long, bent and hollow cells", networks_in_short("shapes: ") + bounds("shapes"), {"AP": ("AP", 2, 3000)}
    )


def short_nuclei_table():
    third = ("border as a third class, tuned", ("nuclei: three classes", TUNED))
    columns = {"AP": ("AP", 2, 3000), "merged": ("merged", 2, 3000)}
    return in_short("nuclei", [*networks_in_short("nuclei: "), third, *bounds("nuclei")], columns)


TABLES = (
    short_readings_table, short_maps_table, short_shapes_table, short_nuclei_table,
    readings_table, equal_table, maps_table, sweep_table, shapes_table, nuclei_table,
)  # fmt: skip


@pytest.mark.parametrize("table", TABLES, ids=[table.__name__ for table in TABLES])
def test_the_chapters_tables_are_the_measured_ones(table):
    assert_chapter_has("09_weighted_loss", table())


# (row, read, minus, read, steps, score): the chapter quotes the difference with its interval, and concludes from it.
CONCLUDED = (
    ("border", HALF, "plain", HALF, 300, "AP"),
    ("border", HALF, "plain", HALF, 3000, "AP"),
    ("border", HALF, "plain", HALF, 3000, "F per cell"),
    ("border", TUNED, "plain", TUNED, 300, "AP"),
    ("border", TUNED, "plain", TUNED, 300, "F per cell"),
    ("border", TUNED, "plain", TUNED, 3000, "AP"),
    ("border", HALF, "plain", CUT, 1000, "AP"),
    ("plain", CUT, "border", HALF, 3000, "AP"),
    ("plain", TUNED_CUT, "border", TUNED, 300, "AP"),
    ("nuclei: plain", TUNED_CUT, "nuclei: border", TUNED, 3000, "AP"),
    ("control: w_0 = 1", HALF, "plain", HALF, 1000, "F per cell"),
    (BALANCED, HALF, "border", HALF, 1000, "merged"),
    ("border", CUT, "plain", CUT, 3000, "AP"),
    ("border", HALF, PRINTED, HALF, 1000, "AP"),
    (PRINTED, TUNED, "plain", TUNED, 1000, "AP"),
    (RING, HALF, "plain", HALF, 1000, "AP"),
    ("border", HALF, RING, HALF, 1000, "AP"),
    (RING, HALF, "border", HALF, 1000, "IoU"),
    ("border", HALF, DEAR, HALF, 1000, "AP"),
    (BALANCED, HALF, "border", HALF, 1000, "IoU"),
    ("control: σ = 2", HALF, "border", HALF, 1000, "IoU"),
    ("shapes: border", HALF, "shapes: plain", CUT, 3000, "AP"),
    ("shapes: border", TUNED, "shapes: plain", TUNED, 300, "AP"),
    ("nuclei: plain", CUT, "nuclei: border", HALF, 3000, "AP"),
    ("nuclei: border", TUNED, "nuclei: plain", TUNED, 3000, "AP"),
    ("nuclei: three classes", TUNED, "nuclei: border", TUNED, 3000, "AP"),
)
# The same, but the interval holds 0, and the chapter says that no difference is seen.
UNSEEN = (
    ("border", HALF, "plain", CUT, 300, "AP"),
    ("border", TUNED, "plain", TUNED, 3000, "F per cell"),
    ("border", TUNED_CUT, "plain", TUNED_CUT, 300, "AP"),
    (PRINTED, HALF, "plain", HALF, 1000, "AP"),
    (PRINTED, TUNED, "border", TUNED, 1000, "AP"),
    (BALANCED, HALF, "border", HALF, 1000, "AP"),
    ("control: σ = 2", HALF, "border", HALF, 1000, "AP"),
    ("shapes: border", TUNED, "shapes: plain", TUNED, 3000, "AP"),
    ("nuclei: border", HALF, "nuclei: plain", HALF, 3000, "AP"),
    ("nuclei: border", HALF, "nuclei: plain", HALF, 3000, "IoU"),
    ("nuclei: three classes", CUT, "nuclei: plain", CUT, 3000, "AP"),
)


@pytest.mark.parametrize("quoted", [*CONCLUDED, *UNSEEN], ids=str)
def test_a_difference_stands_in_the_chapter_with_its_interval(quoted):
    _, low, high = numbers = difference(*quoted)
    assert (low < 0 < high) is (quoted in UNSEEN)
    assert interval(numbers) in (ROOT / "book/09_weighted_loss.md").read_text("utf-8")


def test_at_tuned_thresholds_no_setting_is_seen_to_differ_from_the_papers():
    for row in ("w_0 = 1", "w_0 = 3", "w_0 = 30", "σ = 2", "σ = 10"):
        _, low, high = difference(f"control: {row}", TUNED, "border", TUNED, 1000, "AP")
        assert low < 0 < high


def test_few_networks_without_weights_separate_after_300_steps():
    reach = {(one["mark"], one["AP"]): one["reach"] for one in experiments()["equal"] if one["scenes"] == "cells"}
    assert reach[300, 0.5] == [10, 8]
    assert reach[300, 0.7] == [10, 1]


def test_the_rates_differ_as_the_chapter_says():
    rates = {one["family"]: one["rate"] for one in experiments()["rates"] if one["used"]}
    assert (rates["cells plain"], rates["cells border"]) == (0.002, 0.004)
    assert "0.002 without weights and 0.004 with any" in (ROOT / "book/09_weighted_loss.md").read_text("utf-8")


def test_the_summary_quotes_what_was_measured():
    text = (ROOT / "book/09_weighted_loss.md").read_text("utf-8")
    (cut, plain, weighted), (late_cut, late_plain, late_weighted) = (
        [experiment(row, reading, mark, "AP") for row, reading in (("plain", CUT), ("plain", TUNED), ("border", TUNED))]
        for mark in (300, 3000)
    )
    assert (
        f"plain with a watershed: AP {cut:.2f} after 300 steps, {late_cut:.2f} after 3,000; plain at a tuned threshold: "
        f"{plain:.2f} after 300 (weights {weighted:.2f}), {late_plain:.2f} after 3,000 (weights {late_weighted:.2f})"
        in text
    )
    outer = " with weights, ".join(f"{experiment(row, HALF, 300, 'F outer'):.3f}" for row in ("border", "plain"))
    assert f"F outer {outer} without, after 300 steps" in text


def test_what_is_said_of_area_at_equal_separation_is_measured():
    by_level = {(one["scenes"], one["mark"], one["AP"]): one.get("difference") for one in experiments()["equal"]}
    for level in (0.5, 0.7, 0.8, 0.9):
        assert by_level["cells", 3000, level][2] < 0
    assert by_level["cells", 3000, 0.95][1] > 0
    assert by_level["shapes", 3000, 0.5][2] < 0
    assert by_level["nuclei", 3000, 0.5][1] < 0 < by_level["nuclei", 3000, 0.5][2]


def test_with_a_weight_of_30_area_and_separation_are_both_lower():
    for score in ("IoU", "AP"):
        assert difference("control: w_0 = 30", HALF, "border", HALF, 1000, score)[2] < 0


def test_specks_explain_otsus_two_watersheds():
    crowded = dict(size=96, num_cells=10, radius=9.0, radius_spread=2.0, clustering=0.8)
    images, _, truth = map(torch.stack, zip(*CellScenes(16, seed=5000, **crowded), strict=True))
    bright = torch.stack([one[0] > threshold_otsu(one.numpy()) for one in images])
    kept, removed = (
        metrics.average_precision(
            metrics.instance_counts(
                instances_from(bright, seeds="distance", smallest=smallest), truth, thresholds=(0.5,)
            )
        ).item()
        for smallest in (0, 5)
    )
    said = f"Otsu's threshold has an AP of {kept:.2f} in the cell above; with `smallest=5`, {removed:.2f}."
    assert said in (ROOT / "book/09_weighted_loss.md").read_text("utf-8")


@pytest.mark.parametrize("steps", [300, 3000])
def test_read_at_one_half_weights_part_cells_and_cost_area_and_beside_a_watershed_they_part_no_more(steps):
    def ends(score, its_reading=HALF):
        return difference("border", HALF, "plain", its_reading, steps, score)[1:]

    assert ends("AP")[0] > 0
    assert ends("merged")[1] < 0
    assert ends("IoU")[1] < 0
    assert ends("AP", CUT)[0] < 0


def crowd(seed):
    return cell_scene(seed=seed, size=96, num_cells=10, radius=9.0, radius_spread=2.0, clustering=0.8).instances


@pytest.mark.parametrize("seed", range(11, 15))
def test_borders_are_few_of_the_pixels_and_the_weights_multiply_their_pull(seed):
    instances = crowd(seed)
    carved = carve_touching(instances)
    target, weights, gap = (carved > 0).long()[None], weight_map(carved)[None], ((carved == 0) & (instances > 0))[None]
    shares = []
    for weighing in (None, weights):
        logits = torch.zeros(1, 2, 96, 96, requires_grad=True)
        (pull,) = torch.autograd.grad(cross_entropy(logits, target, weighing, reduction="sum"), logits)
        shares.append((pull[:, 0].abs()[gap].sum() / pull[:, 0].abs().sum()).item())
    # An undecided network pulls at every pixel with half its weight, so a share of the weights is one of the gradient.
    assert shares[0] == pytest.approx(gap.float().mean().item())
    assert shares[1] == pytest.approx((weights[gap].sum() / weights.sum()).item())
    assert 0 < shares[0] < 0.02
    assert shares[1] > 5 * shares[0]


@pytest.mark.parametrize("seed", range(11, 15))
def test_the_printed_equation_leaves_gaps_and_rims_in_their_proportion(seed):
    instances = crowd(seed)
    carved = carve_touching(instances)
    gap = (carved == 0) & (instances > 0)
    rim = (carved > 0) & torch.from_numpy(ndimage.distance_transform_edt(~gap.numpy()) <= 2)
    everywhere = 1 + 10 * torch.exp(-(sum(border_distances(carved)) ** 2) / 50)
    without, printed, ours = (
        (weights[gap].sum() / weights[rim].sum()).item()
        for weights in (torch.ones_like(everywhere), everywhere, weight_map(carved))
    )
    assert printed == pytest.approx(without, rel=0.1)
    assert ours > 5 * without


def test_with_the_papers_distances_too_the_rims_outweigh_the_gap_as_the_chapter_says():
    instances = crowd(11)
    carved = carve_touching(instances).numpy()
    gap = (carved == 0) & (instances.numpy() > 0)
    rim = (carved > 0) & (ndimage.distance_transform_edt(~gap) <= 2)
    cells = [carved == i for i in range(1, carved.max() + 1)]
    to_borders = [ndimage.distance_transform_edt(~(cell & ~ndimage.binary_erosion(cell))) for cell in cells]
    everywhere = 1 + 10 * np.exp(-(np.sort(to_borders, axis=0)[:2].sum(axis=0) ** 2) / 50)
    best = everywhere[rim].sum() / (everywhere[rim].sum() + everywhere[gap].sum())
    assert f"({best:.2f} with the paper's distances)" in (ROOT / "book/09_weighted_loss.md").read_text("utf-8")


if __name__ == "__main__":
    print(*(table() for table in TABLES), sep="\n\n")
