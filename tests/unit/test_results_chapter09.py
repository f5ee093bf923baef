"""What chapter 9 says about averages is what benchmarks/experiments measured; what weights do to the gradient."""

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

from segbook.data import cell_scene
from segbook.losses import cross_entropy
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


def readings_table(first, *kinds):
    """Write AP and IoU of the networks in the three readings; a kind is its words, its rows' prefix, its steps."""
    lines = [f"| {first} | weights | at ½ | best threshold | watershed |", "|---|---|---|---|---|"]
    for words, before, steps in kinds:
        more = (("border class", "three classes"),) if before == "nuclei: " else ()
        for weights, row in (("no", "plain"), ("yes", "border"), *more):
            both = (
                "\u00a0/\u00a0".join(
                    f"{experiment(before + row, reading, steps, score):.2f}" for score in ("AP", "IoU")
                )
                for reading in (HALF, TUNED, CUT)
            )
            lines.append(f"| {words if weights == 'no' else ''} | {weights} | {' | '.join(both)} |")
    return "\n".join(lines)


IMAGES = (
    ("round cells, 300", "", 300),
    ("round cells, 3,000", "", 3000),
    ("odd shapes, 3,000", "shapes: ", 3000),
    ("real nuclei, 3,000", "nuclei: ", 3000),
)


def test_the_table_of_readings_is_the_measured_one():
    assert_chapter_has("09_weighted_loss", readings_table("images, steps", *IMAGES))


def test_a_threshold_on_brightness_and_a_watershed_get_what_the_chapter_says():
    both = [
        "\u00a0/\u00a0".join(f"{floor(scenes, 'Otsu, watershed', score):.2f}" for score in ("AP", "IoU"))
        for scenes in ("cells", "shapes", "nuclei")
    ]
    said = f"has {both[0]} on round cells, {both[1]} on odd shapes and {both[2]} on nuclei."
    assert said in (ROOT / "book/09_weighted_loss.md").read_text("utf-8")


def at_threshold(row, mark, threshold):
    """Read AP and IoU off a curve over the thresholds."""
    (curve,) = [one for one in experiments()["curves"] if (one["row"], one["mark"]) == (row, mark)]
    place = curve["thresholds"].index(threshold)
    return curve["AP"][place], curve["IoU"][place]


def test_a_weight_and_its_threshold_stand_side_by_side_as_measured():
    none = "plain, rate 0.004"

    def at_half(row):
        return tuple(experiment(row, HALF, 1000, score) for score in ("AP", "IoU"))

    lines = (
        ("| 1 | the map: up to 10.2, on background | ½ |", at_half("border")),
        ("| | none | 0.9 |", at_threshold(none, 1000, 0.9)),
        ("| 2 | 1.5 on all background | ½ |", at_half(DEAR)),
        ("| | none | 0.6 |", at_threshold(none, 1000, 0.6)),
        ("| 3 | the border term at every pixel | ½ |", at_half(PRINTED)),
        ("| | none | ½ |", at_threshold(none, 1000, 0.5)),
    )
    table = ["| pair | weights in training | read at | AP | IoU |", "|---|---|---|---|---|"]
    table += [f"{words} {ap:.2f} | {iou:.3f} |" for words, (ap, iou) in lines]
    assert_chapter_has("09_weighted_loss", "\n".join(table))
    rates = {one["row"]: one["rate"] for one in experiments()["rows"]}
    assert {rates[row] for row in ("border", DEAR, PRINTED, none)} == {0.004}
    for (_, weighted), (_, plain) in zip(lines[::2], lines[1::2], strict=True):
        assert weighted == pytest.approx(plain, abs=0.03)


def test_the_maps_background_has_the_mean_weight_that_the_chapter_gives():
    carved = [carve_touching(crowd(seed)) for seed in range(96)]
    mean = torch.cat([weight_map(ids)[ids == 0] for ids in carved]).mean().item()
    said = f"a weight of {mean:.1f}, the mean of the map's background, belongs to the threshold"
    assert said in (ROOT / "book/09_weighted_loss.md").read_text("utf-8")
    assert f"${mean:.1f}/{1 + round(mean, 1):.1f} = {mean / (1 + mean):.1f}$" in (
        ROOT / "book/09_weighted_loss.md"
    ).read_text("utf-8")


def test_the_table_of_heights_is_the_measured_one():
    heights = {1: "control: w_0 = 1", 3: "control: w_0 = 3", 10: "border", 30: "control: w_0 = 30"}
    lines = [f"| $w_0$ | {' | '.join(map(str, heights))} |", "|---|---|---|---|---|"]
    for score, digits in (("AP", 2), ("IoU", 3)):
        values_of = [f"{experiment(row, HALF, 1000, score):.{digits}f}" for row in heights.values()]
        lines.append(f"| {score} | {' | '.join(values_of)} |")
    assert_chapter_has("09_weighted_loss", "\n".join(lines))


def test_odd_shapes_fail_by_the_networks_and_not_by_the_target():
    text = (ROOT / "book/09_weighted_loss.md").read_text("utf-8")
    own = floor("shapes", "carved truth, components", "AP")
    assert f"its own regions have an AP of {own:.2f}" in text
    for row in ("plain", "border"):
        assert experiment(f"shapes: {row}", TUNED, 3000, "merged") == pytest.approx(1 / 5, abs=0.02)
    assert "At their best thresholds the networks still merge a fifth of the cells" in text


def test_no_reading_of_odd_shapes_gets_beyond_the_ap_that_the_chapter_gives():
    best = max(
        experiment(f"shapes: {row}", reading, steps, "AP")
        for row in ("plain", "border")
        for reading in (HALF, TUNED, CUT)
        for steps in (300, 1000, 3000)
    )
    said = f"no reading has an AP above {best:.2f}."
    assert said in (ROOT / "book/09_weighted_loss.md").read_text("utf-8")


def test_the_pages_own_run_and_the_experiments_raise_ap_as_the_chapter_says():
    without, weighted = values("AP # #", printed("09_weighted_loss"))
    mean = difference("border", HALF, "plain", HALF, 300, "AP")[0]
    said = f"weights raise AP at ½ by {mean:.2f} on average, and by {weighted - without:.2f} in our run"
    assert said in (ROOT / "book/09_weighted_loss.md").read_text("utf-8")


# (row, read, minus, read, steps, score): the chapter quotes the difference with its interval, and concludes from it.
CONCLUDED = (
    ("control: balanced w_c", HALF, "border", HALF, 1000, "IoU"),
    ("border", HALF, "plain", HALF, 300, "AP"),
    ("border", HALF, "plain", HALF, 3000, "AP"),
    ("border", HALF, RING, HALF, 1000, "AP"),
    ("border", HALF, "plain", CUT, 1000, "AP"),
    ("plain", CUT, "border", HALF, 3000, "AP"),
    (RING, HALF, "border", HALF, 1000, "IoU"),
    ("nuclei: border", TUNED, "nuclei: plain", TUNED, 3000, "AP"),
    ("nuclei: plain", CUT, "nuclei: border", HALF, 3000, "AP"),
    ("nuclei: three classes", HALF, "nuclei: border", HALF, 3000, "AP"),
    ("shapes: border", TUNED, "shapes: plain", TUNED, 300, "AP"),
)
# The same, but the interval holds 0, and the chapter says that no difference is seen.
UNSEEN = (
    ("control: balanced w_c", HALF, "border", HALF, 1000, "AP"),
    (PRINTED, HALF, "plain", HALF, 1000, "AP"),
    ("shapes: border", TUNED, "shapes: plain", TUNED, 3000, "AP"),
    ("nuclei: border", HALF, "nuclei: plain", HALF, 3000, "AP"),
    ("nuclei: three classes", CUT, "nuclei: plain", CUT, 3000, "AP"),
    ("control: σ = 2", HALF, "border", HALF, 1000, "AP"),
    ("control: σ = 10", HALF, "border", HALF, 1000, "AP"),
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


def test_at_one_half_weights_merge_fewer_nuclei_and_split_more():
    (merged, its_merged), (split, its_split) = (
        [100 * experiment(f"nuclei: {row}", HALF, 3000, score) for row in ("border", "plain")]
        for score in ("merged", "split")
    )
    assert its_merged > 2 * merged
    assert split > 2 * its_split
    said = (
        f"weights merge fewer nuclei ({merged:.0f} % instead of {its_merged:.0f} %) and split more "
        f"({split:.0f} % instead of {its_split:.0f} %)"
    )
    assert said in (ROOT / "book/09_weighted_loss.md").read_text("utf-8")


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


def test_at_tuned_thresholds_no_setting_is_seen_to_differ_from_the_papers():
    for row in ("w_0 = 1", "w_0 = 3", "w_0 = 30", "σ = 2", "σ = 10"):
        _, low, high = difference(f"control: {row}", TUNED, "border", TUNED, 1000, "AP")
        assert low < 0 < high


def test_at_equal_rates_weights_lead_as_the_chapter_says():
    text = (ROOT / "book/09_weighted_loss.md").read_text("utf-8")
    for mark in (300, 1000, 3000):
        numbers = difference("border, rate 0.002", TUNED, "plain", TUNED, mark, "AP")
        assert numbers[1] > 0
        plain, weighted = (experiment(row, TUNED, mark, "AP") for row in ("plain", "border, rate 0.002"))
        assert f"| {mark:,} | {plain:.2f} | {weighted:.2f} | {interval(numbers)} |" in text


def test_a_network_that_has_learned_gaps_gives_a_watershed_more_than_the_true_classes():
    truth, late = floor("cells", "truth, watershed", "AP"), experiment("plain", CUT, 3000, "AP")
    assert late > truth
    said = f"(The {late:.2f} exceeds what a watershed gets from the true classes of these scenes, {truth:.2f}:"
    assert said in (ROOT / "book/09_weighted_loss.md").read_text("utf-8")


def test_the_advice_quotes_what_was_measured():
    text = (ROOT / "book/09_weighted_loss.md").read_text("utf-8")
    none, ring, border = (experiment(row, HALF, 1000, "AP") for row in ("plain", RING, "border"))
    assert (
        f"after 1,000 steps AP is {none:.2f} without weights, {ring:.2f} with a ring of weight around every cell, "
        f"{border:.2f} with the map" in text
    )
    gained = difference("shapes: border", TUNED, "shapes: plain", TUNED, 300, "AP")[0]
    assert f"after 300 steps weights gain {gained:.3f} in AP" in text


def test_the_stored_gap_is_near_its_prediction_and_the_rims_lie_above():
    for name in ("plain", "weighted"):
        label = f"{name}  predicted #  measured: gap #, rims #"
        predicted, in_gap, in_rims = values(label, printed("09_weighted_loss"))
        assert in_gap == pytest.approx(predicted, abs=0.05)
        assert in_rims > in_gap


def test_the_stored_gap_and_rims_together_lie_above_the_prediction_as_the_chapter_says():
    stored = Threshold()
    carved = carve_touching(stored.truth())
    gap = (carved == 0) & (stored.truth() > 0)
    both = gap | ((carved > 0) & torch.from_numpy(ndimage.distance_transform_edt(~gap.numpy()) <= 2))
    weights = {"plain": torch.ones(96, 96), "weighted": weight_map(carved)}
    means = [(heavy * stored.probs(name))[both].sum() / heavy[both].sum() for name, heavy in weights.items()]
    said = f"with each pixel counted as in the loss, it is higher: {means[0]:.2f} and {means[1]:.2f}."
    assert said in (ROOT / "book/09_weighted_loss.md").read_text("utf-8")


def test_without_weights_the_best_thresholds_are_those_that_the_chapter_gives():
    text = (ROOT / "book/09_weighted_loss.md").read_text("utf-8")
    for mark in (300, 1000, 3000):
        (curve,) = [one for one in experiments()["curves"] if (one["row"], one["mark"]) == ("plain", mark)]
        assert len(curve["thresholds"]) == 13
        best = curve["thresholds"][int(np.argmax(curve["AP"]))]
        (line,) = [one for one in text.splitlines() if one.startswith(f"| {mark:,} | ") and one.endswith(") |")]
        assert line.endswith(f" | {best} ({at_threshold('plain', mark, 0.9)[0]:.2f}) |")


def test_the_rates_differ_as_the_chapter_says():
    rates = {one["family"]: one["rate"] for one in experiments()["rates"] if one["used"]}
    assert (rates["cells plain"], rates["cells border"]) == (0.002, 0.004)
    assert "tuned learning rates (0.002 without weights and 0.004 with any;" in (
        ROOT / "book/09_weighted_loss.md"
    ).read_text("utf-8")


def test_the_summary_quotes_what_was_measured():
    text = (ROOT / "book/09_weighted_loss.md").read_text("utf-8")
    (cut, plain, weighted), (late_cut, late_plain, late_weighted) = (
        [experiment(row, reading, mark, "AP") for row, reading in (("plain", CUT), ("plain", TUNED), ("border", TUNED))]
        for mark in (300, 3000)
    )
    assert f"without weights AP is {cut:.2f} after 300 steps and {late_cut:.2f} after 3,000" in text
    assert (
        f"without weights AP is {plain:.2f} after 300 steps (weights {weighted:.2f}) and {late_plain:.2f} after 3,000 "
        f"(weights {late_weighted:.2f})" in text
    )
    area = {f"{experiment(row, TUNED, 3000, 'IoU'):.2f}" for row in ("plain", "border")}
    assert f"IoU is then {' or '.join(area)} with either" in text
    shapes, nuclei = experiment("shapes: plain", CUT, 3000, "AP"), difference(*CONCLUDED[7])[0]
    assert (
        f"the watershed has an AP of {shapes:.2f}; real nuclei: at best thresholds weights still gain {nuclei:.3f}"
        in text
    )


def test_a_watershed_raises_ap_without_weights_as_the_chapter_says():
    early, late = ([experiment("plain", reading, mark, "AP") for reading in (HALF, CUT)] for mark in (300, 3000))
    said = (
        f"from {early[0]:.2f} to {early[1]:.2f} after 300 steps, and from {late[0]:.2f} to {late[1]:.2f} after 3,000."
    )
    assert said in (ROOT / "book/09_weighted_loss.md").read_text("utf-8")


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
    assert "win back a third of the IoU that weights cost" in text


def test_with_a_weight_of_30_area_and_separation_are_both_lower():
    for score in ("IoU", "AP"):
        assert difference("control: w_0 = 30", HALF, "border", HALF, 1000, score)[2] < 0


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
    said = f"For these distances (9.1) gives a best $p$ of {best:.2f}, and the gap is filled."
    assert said in (ROOT / "book/09_weighted_loss.md").read_text("utf-8")


if __name__ == "__main__":
    print(maps_table())
