"""What chapter 9 says about averages is what benchmarks/experiments measured; what weights do to the gradient."""

import json
import math
from statistics import mean

import numpy as np
import pytest
import torch
from ranges import values
from results import (
    ROOT,
    assert_chapter_has,
    difference,
    experiment,
    experiment_table,
    experiments,
    floor,
    interval,
    printed,
)
from scipy import ndimage

from segbook import metrics
from segbook.data import cell_scene
from segbook.losses import cross_entropy
from segbook.objects import instances_from
from segbook.pixel_weights import border_distances, carve_touching, weight_map
from segbook.widgets import Threshold

HALF, TUNED, CUT, TUNED_CUT = "components", "tuned components", "watershed", "tuned watershed"
PRINTED, RING, DEAR, BALANCED = (
    f"control: {name}"
    for name in (
        "the formula as printed, at every pixel",
        "a ring without d_2, equal total weight",
        "a dear background, equal total weight",
        "balanced w_c",
    )
)


MAPS = {
    "(a) no weights": "plain",
    "(b) the term at every pixel": PRINTED,
    "(c) all background alike": DEAR,
    "(d) a ring around every cell, without $d_2$": RING,
    "(e) the map: the term on background only": "border",
    "(f) as (e), $w_c$ balanced": BALANCED,
}


def maps_table():
    lines = [(words, (row, 1000)) for words, row in MAPS.items()]
    return experiment_table("loss, 1,000 steps, read at ½", lines, {"AP": ("AP", 2, HALF), "IoU": ("IoU", 3, HALF)})


def test_the_chapters_table_is_the_measured_one():
    assert_chapter_has("09_weighted_loss", maps_table())


def readings_table():
    """Write AP at ½, at the best threshold and cut by a watershed, without and with weights; the highest is bold."""
    lines = [
        "| images | steps | ½: none | ½: weights | best: none | best: weights | cut: none | cut: weights |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for words, before in (("round cells", ""), ("odd shapes", "shapes: "), ("real nuclei", "nuclei: ")):
        for mark in (300, 1000, 3000):
            pairs = [(row, reading) for reading in (HALF, TUNED, CUT) for row in ("plain", "border")]
            scores = [f"{experiment(before + row, reading, mark, 'AP'):.2f}" for row, reading in pairs]
            cells = [f"**{one}**" if one == max(scores) else one for one in scores]
            lines.append(f"| {words if mark == 300 else ''} | {mark:,} | {' | '.join(cells)} |")
    return "\n".join(lines)


def test_the_table_of_readings_is_the_measured_one():
    assert_chapter_has("09_weighted_loss", readings_table())


def chapter():
    return (ROOT / "book/09_weighted_loss.md").read_text("utf-8")


def test_a_threshold_on_brightness_and_a_watershed_get_what_the_chapter_says():
    ap = [f"{floor(scenes, 'Otsu, watershed', 'AP'):.2f}" for scenes in ("cells", "shapes", "nuclei")]
    assert f"have an AP of {ap[0]} on round cells, {ap[1]} on odd shapes and {ap[2]} on nuclei." in chapter()


def at_threshold(row, mark, threshold):
    """Read AP and IoU off a curve over the thresholds."""
    (curve,) = [one for one in experiments()["curves"] if (one["row"], one["mark"]) == (row, mark)]
    place = curve["thresholds"].index(threshold)
    return curve["AP"][place], curve["IoU"][place]


def test_a_weight_on_all_background_and_its_threshold_give_what_the_chapter_says():
    weighted = [experiment(DEAR, HALF, 1000, score) for score in ("AP", "IoU")]
    plain = at_threshold("plain, rate 0.004", 1000, 0.6)
    assert weighted == pytest.approx(plain, abs=0.005)
    said = (
        f"With that weight AP is {weighted[0]:.2f} and IoU {weighted[1]:.3f} after 1,000 steps; without, read at 0.6, "
    )
    assert f"{said}they are {plain[0]:.2f} and {plain[1]:.3f}." in chapter()
    rates = {one["row"]: one["rate"] for one in experiments()["rows"]}
    assert rates[DEAR] == rates["plain, rate 0.004"]


def test_the_weight_on_all_background_is_the_mean_of_the_maps():
    carved = [carve_touching(crowd(seed)) for seed in range(96)]
    mean = torch.cat([weight_map(ids)[ids == 0] for ids in carved]).mean().item()
    assert (
        f"An exact case is a weight of {mean:.1f} on all background, with the threshold $1.5/2.5 = 0.6$." in chapter()
    )


def test_read_at_a_threshold_the_network_without_weights_comes_to_stand_beside_the_other():
    """The diamond of the figure lies on the orange circle after 1,000 steps, and far from it after 300."""
    far = {}
    for mark in (300, 1000, 3000):
        weighted = [experiment("border", HALF, mark, score) for score in ("AP", "IoU")]
        far[mark] = np.hypot(*np.subtract(at_threshold("plain", mark, 0.9), weighted))
    assert far[300] > 0.3
    assert max(far[1000], far[3000]) < 0.05, far


def test_odd_shapes_fail_by_the_networks_and_not_by_the_target():
    text = (ROOT / "book/09_weighted_loss.md").read_text("utf-8")
    own = floor("shapes", "carved truth, components", "AP")
    assert f"its own regions have an AP of {own:.2f}" in text
    for row in ("plain", "border"):
        assert experiment(f"shapes: {row}", TUNED, 3000, "merged") == pytest.approx(1 / 5, abs=0.02)
    assert "At best thresholds a fifth of the cells stay merged" in text


# (row, read, minus, read, steps, score): the chapter quotes the difference with its interval, and concludes from it.
CONCLUDED = (
    ("border", HALF, RING, HALF, 1000, "AP"),
    ("plain", CUT, "border", HALF, 3000, "AP"),
    (RING, HALF, "border", HALF, 1000, "IoU"),
    ("nuclei: plain", CUT, "nuclei: border", HALF, 3000, "AP"),
    ("nuclei: three classes", HALF, "nuclei: border", HALF, 3000, "AP"),
)
# The same, but the interval holds 0, and the chapter says that no difference is seen.
UNSEEN = (
    (PRINTED, HALF, "plain", HALF, 1000, "AP"),
    ("shapes: border", TUNED, "shapes: plain", TUNED, 3000, "AP"),
)


@pytest.mark.parametrize("quoted", [*CONCLUDED, *UNSEEN], ids=str)
def test_a_difference_stands_in_the_chapter_with_its_interval(quoted):
    _, low, high = numbers = difference(*quoted)
    assert (low < 0 < high) is (quoted in UNSEEN)
    assert interval(numbers) in (ROOT / "book/09_weighted_loss.md").read_text("utf-8")


# What the chapter says in words: the first scores higher than the second, whatever the numbers.
SAID = (
    ("plain", HALF, "border", HALF, 300, "IoU"),
    ("plain", HALF, "border", HALF, 3000, "IoU"),
    ("plain", CUT, "border", CUT, 3000, "AP"),
    ("plain", CUT, "border", HALF, 3000, "AP"),
    ("plain", CUT, "border", HALF, 3000, "IoU"),
    ("border", TUNED, "plain", TUNED, 300, "AP"),
    ("border, rate 0.002", TUNED, "plain", TUNED, 300, "F per cell"),
    ("plain", HALF, "border", HALF, 3000, "F per cell"),
    ("control: w_0 = 1", HALF, "plain", HALF, 1000, "F per cell"),
    ("border", HALF, DEAR, HALF, 1000, "AP"),
    ("shapes: border", HALF, "shapes: plain", CUT, 3000, "AP"),
    ("shapes: border", HALF, "shapes: plain", HALF, 3000, "AP"),
    ("shapes: border", TUNED, "shapes: plain", TUNED, 300, "AP"),
    ("nuclei: plain", HALF, "nuclei: border", HALF, 3000, "merged"),
)


@pytest.mark.parametrize("said", SAID, ids=str)
def test_what_is_said_in_words_has_its_interval_above_0(said):
    assert difference(*said)[1] > 0


def falling_side(row, mark):
    """Trace a curve of AP and IoU from its largest IoU to its highest AP, in small steps."""
    (curve,) = [one for one in experiments()["curves"] if (one["row"], one["mark"]) == (row, mark)]
    part = slice(int(np.argmax(curve["IoU"])), int(np.argmax(curve["AP"])) + 1)
    both = np.array([curve["AP"][part], curve["IoU"][part]])
    fine = np.linspace(0, both.shape[1] - 1, 500)
    return np.stack([np.interp(fine, np.arange(both.shape[1]), one) for one in both], axis=1)


def test_after_1000_steps_both_curves_nearly_coincide_and_after_300_they_do_not():
    far = {}
    for mark in (300, 1000, 3000):
        plain, border = (falling_side(row, mark) for row in ("plain", "border"))
        far[mark] = np.linalg.norm(plain[:, None] - border, axis=2).min(axis=1).max()
    assert far[300] > 0.15
    assert max(far[1000], far[3000]) < 0.05, far


@pytest.mark.parametrize("reading", [HALF, TUNED])
def test_no_other_width_is_seen_to_differ_from_the_papers(reading):
    for row in ("σ = 2", "σ = 10"):
        _, low, high = difference(f"control: {row}", reading, "border", reading, 1000, "AP")
        assert low < 0 < high


def test_at_equal_rates_weights_lead_as_the_chapter_says():
    first, second, third = (
        difference("border, rate 0.002", TUNED, "plain", TUNED, mark, "AP") for mark in (300, 1000, 3000)
    )
    assert third[1] > 0
    assert (
        f"shrinks from {interval(first)} to {interval(second)}, and after 3,000 steps to {interval(third)}" in chapter()
    )
    assert f"{first[0]:.3f} after 300 steps, {third[0]:.3f} after 3,000" in chapter()


def test_a_network_that_has_learned_gaps_gives_a_watershed_more_than_the_true_classes():
    truth, late = floor("cells", "truth, watershed", "AP"), experiment("plain", CUT, 3000, "AP")
    assert late > truth
    assert (
        f"Its {late:.2f} on round cells exceeds the {truth:.2f} that it gets from their true classes (0.88 on this chapter"
        in chapter()
    )


def test_the_rates_differ_as_the_chapter_says():
    rates = {one["family"]: one["rate"] for one in experiments()["rates"] if one["used"]}
    assert (rates["cells plain"], rates["cells border"]) == (0.002, 0.004)
    assert "Learning rates were tuned (0.002 without weights and 0.004 with any;" in (
        ROOT / "book/09_weighted_loss.md"
    ).read_text("utf-8")


def test_a_height_of_3_costs_the_cells_and_gains_the_area_that_the_chapter_says():
    three, ten = (
        [experiment(row, HALF, 1000, score) for score in ("IoU", "AP")] for row in ("control: w_0 = 3", "border")
    )
    said = f"raises IoU from {ten[0]:.3f} to {three[0]:.3f} and lowers AP from {ten[1]:.2f} to {three[1]:.2f}."
    assert said in (ROOT / "book/09_weighted_loss.md").read_text("utf-8")


def test_balanced_class_weights_win_back_a_third_of_the_iou_that_weights_cost():
    none, border, balanced = (experiment(row, HALF, 1000, "IoU") for row in ("plain", "border", BALANCED))
    assert (balanced - border) / (none - border) == pytest.approx(1 / 3, abs=0.03)
    text = (ROOT / "book/09_weighted_loss.md").read_text("utf-8")
    assert "**Balanced class weights win back a third of the IoU.**" in text


@pytest.mark.parametrize("steps", [300, 3000])
def test_read_at_one_half_weights_part_cells_and_cost_area_and_beside_a_watershed_they_part_no_more(steps):
    def ends(score, its_reading=HALF):
        return difference("border", HALF, "plain", its_reading, steps, score)[1:]

    assert ends("AP")[0] > 0
    assert ends("merged")[1] < 0
    assert ends("IoU")[1] < 0
    assert ends("AP", CUT)[0] < 0


REGROWN = json.loads((ROOT / "benchmarks/results/regrown.json").read_text("utf-8"))["rows"]
WAYS = {
    "no weights, at ½": "plain: at 1/2",
    "no weights, at 10/11": "plain: at 10/11",
    "the same, grown to ½": "plain: at 10/11, grown",
    "no weights, best threshold, grown to ½": "plain: best threshold, grown",
    "no weights, at ½, watershed": "plain: watershed",
    "weights, at ½": "weighted: at 1/2",
    "the same, grown to 1/11": "weighted: at 1/2, grown",
    "weights, at 10/11, grown to 1/11": "weighted: at 10/11, grown",
}


def regrown(way, mark, score):
    return mean(row["scores"][way][score] for row in REGROWN if row["steps"] == mark)


def regrown_table():
    lines = ["| reading | AP, 300 steps | IoU | AP, 1,000 steps | IoU |", "|---|---|---|---|---|"]
    best = {mark: max(f"{regrown(way, mark, 'AP'):.2f}" for way in WAYS.values()) for mark in (300, 1000)}
    for words, way in WAYS.items():
        cells = []
        for mark in (300, 1000):
            ap, iou = (f"{regrown(way, mark, score):.2f}" for score in ("AP", "IoU"))
            cells += [f"**{ap}**" if ap == best[mark] else ap, iou]
        lines.append(f"| {words} | {' | '.join(cells)} |")
    return "\n".join(lines)


def test_the_table_of_grown_cells_is_the_measured_one():
    assert_chapter_has("09_weighted_loss", regrown_table())
    seeds = {row["seed"] for row in REGROWN}
    assert [(row["seed"], row["steps"]) for row in REGROWN] == [
        (s, mark) for s in sorted(seeds) for mark in (300, 1000)
    ]
    words = {2: "two", 3: "three", 4: "four", 5: "five"}[len(seeds)]
    low = sum(row["scores"]["plain: at 10/11"]["IoU"] == 0 for row in REGROWN if row["steps"] == 300)
    assert low == 1
    assert f"(After 300 steps one of the {words} networks without weights stays below 10/11 everywhere," in chapter()
    assert f"here are means over {words} seeds, with 40 test scenes for each" in chapter()


@pytest.mark.parametrize("row", REGROWN, ids=lambda row: f"seed {row['seed']}, {row['steps']} steps")
def test_growing_cells_gives_the_area_back_and_loses_no_cell(row):
    """In every run, not only on average."""
    before, after, high = (row["scores"][f"weighted: {way}"] for way in ("at 1/2", "at 1/2, grown", "at 10/11, grown"))
    assert after["IoU"] > before["IoU"] + 0.05
    assert after["AP"] >= before["AP"] - 0.005
    assert high["AP"] > before["AP"]
    for way in ("watershed", "best threshold, grown"):
        assert high["AP"] > row["scores"][f"plain: {way}"]["AP"]


def test_the_text_quotes_what_growing_gave():
    half, grown = (f"{regrown(f'weighted: {way}', 1000, 'IoU'):.2f}" for way in ("at 1/2", "at 1/2, grown"))
    assert f"have an IoU of {grown} in place of {half} after 1,000 steps" in chapter()
    assert f"| IoU {half} with weights at ½, {grown} grown to 1/11 |" in chapter()
    early, late = (f"{regrown('plain: watershed', mark, 'AP'):.2f}" for mark in (300, 1000))
    assert f"A watershed without weights reaches {early} after 300 steps and {late} after 1,000." in chapter()


def test_gaps_and_rims_together_have_about_the_p_that_is_predicted_and_the_middles_less():
    def told(group, what):
        return [
            f"{mean(row['shares']['test scenes'][f'{name}: {group}'][what] for row in REGROWN if row['steps'] == 1000):.2f}"
            for name in ("plain", "weighted")
        ]

    (share, its_share), (p, its_p) = (told("gap and rims", what) for what in ("share of cell", "mean p"))
    assert f"it predicts {share} without weights and {its_share} with them, and the networks give {p} and {its_p}." in (
        chapter()
    )
    assert told("other pixels of cells", "share of cell") == ["1.00", "1.00"]
    p, its_p = told("other pixels of cells", "mean p")
    assert f"For all other pixels of cells it predicts 1, and they give {p} and {its_p}." in chapter()


def test_a_watershed_and_weights_hit_as_many_nuclei_as_the_chapter_says():
    hits, cells = [], []
    for scene in ("more real nuclei", "real nuclei"):
        cut, half = Threshold(scene=scene, reading="watershed"), Threshold(scene=scene)
        hits.append((cut.scores("plain")["found"], half.scores("weighted")["found"]))
        cells.append(len(half.truth().unique()) - 1)
    assert (hits, cells) == ([(12, 9), (10, 11)], [14, 17])
    said = "the watershed hits twelve nuclei and weights hit nine, of fourteen; on another part they hit ten and eleven of "
    assert f"{said}seventeen." in chapter()


def test_grown_nuclei_get_worse_as_the_chapter_says():
    said = []
    for scene in ("more real nuclei", "real nuclei"):
        stored = Threshold(scene=scene)
        for grow in (0, math.inf):
            found = instances_from(stored.probs("weighted"), grow=grow, limit=1 / 11)
            hits = metrics.instance_counts(found[None], stored.truth()[None], thresholds=(0.5,))
            said.append(f"{metrics.average_precision(hits).item():.2f}")
    assert "AP falls from {} to {} and from {} to {}.".format(*said) in chapter()


def test_the_six_readings_of_one_scene_are_as_its_caption_finds():
    stored, found = Threshold(scene="a denser crowd"), []
    plain, weighted, truth = stored.probs("plain"), stored.probs("weighted"), stored.truth()[None]
    assert not truth[0, 70:].any()
    assert not truth[0, :, :22].any()
    for ids in (
        instances_from(plain),
        instances_from(plain, seeds="distance"),
        instances_from(plain, threshold=0.9, grow=math.inf, limit=0.5),
        instances_from(weighted, grow=math.inf, limit=1 / 11),
    ):
        found.append((metrics.merged_cells(ids[None], truth), metrics.split_cells(ids[None], truth)))
    assert found == [(10, 0), (3, 0), (4, 1), (2, 0)]


def test_the_curves_beside_a_gap_are_as_the_chapter_says():
    names = ("no weights", "weights", "predicted")
    label = " ".join(f"{name} at -1, 0, 1, 2: # # # # at -5: #" for name in names)
    plain, weighted, predicted = np.reshape(values(label, printed("09_weighted_loss")), (3, 5))
    assert plain[1] == plain[2]  # symmetric about the line of contact
    assert plain[0] == pytest.approx(plain[3], abs=0.015)
    assert f"At 0 the prediction is good: {predicted[1]:.2f}, and {weighted[1]:.2f} was measured." in chapter()
    assert f"it fails, {predicted[4]:.2f} instead of {weighted[4]:.2f}: there" in chapter()
    assert f"has only reached {plain[4]:.2f}." in chapter()
    assert f"$p$ is {plain[1]:.2f} at the gap and {plain[2]:.2f} on the other side of the contact" in chapter()


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


if __name__ == "__main__":
    print(maps_table())
