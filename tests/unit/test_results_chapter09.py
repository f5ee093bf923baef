"""What chapter 9 says about averages is what benchmarks/experiments measured; what weights do to the gradient."""

import pytest
import torch
from results import ROOT, assert_chapter_has, experiment, experiments

from segbook.data import cell_scene
from segbook.losses import cross_entropy
from segbook.pixel_weights import carve_touching, weight_map

EXPERIMENTS = experiments()
SCORES = {"IoU": 3, "AP": 2, "merged": 2, "F per cell": 3}
WITHOUT = {
    "truth, components": "the true classes, components",
    "truth, watershed": "the true classes, watershed",
    "carved truth": "the carved target",
    "all background": "background everywhere",
    "Otsu, watershed": "Otsu's threshold, watershed",
}
READINGS = {"components": "at ½", "watershed": "at ½, watershed", "tuned components": "tuned"}
NETWORKS = {"plain": "without weights", "border": "with weights"}


def rows(mark):
    return [
        (f"{mark:,}", f"{network}, {words}", row["scores"])
        for name, network in NETWORKS.items()
        for reading, words in READINGS.items()
        for row in EXPERIMENTS["rows"]
        if (row["row"], row["mark"], row["reading"]) == (name, mark, reading) and len(row["seeds"]) == 10
    ]


def table():
    floors = {one["answer"]: one["scores"] for one in EXPERIMENTS["floors"] if one["scenes"] == "cells"}
    lines = ["| steps | answer | IoU | AP | merged | F per cell |", "|---|---|---|---|---|---|"]
    for answer, words in WITHOUT.items():
        cells = [f"{floors[answer][score][0]:.{digits}f}" for score, digits in SCORES.items()]
        lines.append(f"| – | {words} | {' | '.join(cells)} |")
    for steps, words, scores in rows(300) + rows(3000):
        cells = [f"{scores[score][0]:.{digits}f} ± {scores[score][1]:.{digits}f}" for score, digits in SCORES.items()]
        lines.append(f"| {steps} | {words} | {' | '.join(cells)} |")
    return "\n".join(lines)


def difference(row, reading, minus, its_reading, mark, score):
    (found,) = [
        one["scores"][score]
        for one in EXPERIMENTS["differences"]
        if (one["row"], one["reading"], one["minus"], one["its reading"], one["mark"])
        == (row, reading, minus, its_reading, mark)
    ]
    return found


def test_the_chapters_table_is_the_measured_one():
    assert table().count("\n") == 1 + len(WITHOUT) + 2 * len(READINGS) * len(NETWORKS)
    assert_chapter_has("09_weighted_loss", table())


def test_what_the_chapter_says_of_the_differences_is_measured():
    text = (ROOT / "book/09_weighted_loss.md").read_text("utf-8")
    mean, low, high = difference("border", "components", "plain", "watershed", 300, "AP")
    assert f"AP {mean:.2f}, interval {low:.2f} to {high:.2f}".replace("-", "−") in text
    assert low < 0 < high
    left = difference("border", "tuned components", "plain", "tuned components", 3000, "AP")[0]
    assert f"at tuned thresholds, the weights are {left:.2f} ahead" in text
    opened = [experiment("plain", reading, 300, "AP") for reading in ("components", "tuned components")]
    assert (
        "its AP from {:.2f} to {:.2f}, against {:.2f} with weights".format(
            *opened, experiment("border", "tuned components", 300, "AP")
        )
        in text
    )
    assert difference("border", "components", "plain", "components", 3000, "F per cell")[2] < 0  # "is lower, too"
    printed = "control: the formula as printed, at every pixel"
    at_half = [experiment(row, "components", 1000, "AP") for row in (printed, "plain", "border")]
    assert (
        "an AP of {:.2f} at ½, hardly more than no weights ({:.2f}), and the term on background only {:.2f}".format(
            *at_half
        )
        in text
    )
    tuned = [experiment(row, "tuned components", 1000, "AP") for row in (printed, "border")]
    assert [round(value, 2) for value in tuned] == [0.95, 0.96]
    beats = difference("shapes: border", "components", "shapes: plain", "watershed", 3000, "AP")[0]
    assert f"weights at ½ beat the plain network with a watershed by {beats:.2f} after 3,000 steps" in text
    odd = [
        difference("shapes: border", "tuned components", "shapes: plain", "tuned components", n, "AP")
        for n in (300, 3000)
    ]
    assert f"(after 300 steps, {odd[0][0]:.2f} worse)" in text
    assert odd[1][1] < 0 < odd[1][2]
    nuclei = difference("nuclei: border", "components", "nuclei: plain", "watershed", 3000, "AP")
    assert nuclei[2] < 0
    found = [experiment(row, reading, 3000, "AP") for row, reading in
             (("nuclei: plain", "watershed"), ("nuclei: border", "components"))]  # fmt: skip
    assert "finds more than the weighted one at ½ (AP {:.2f} against {:.2f} after 3,000 steps)".format(*found) in text
    kept = difference("nuclei: border", "tuned components", "nuclei: plain", "tuned components", 3000, "AP")[0]
    assert f"where only thresholds are tuned the weights keep {kept:.2f}" in text


@pytest.mark.parametrize("steps", [300, 3000])
def test_read_at_one_half_weights_part_cells_and_cost_area_and_beside_a_watershed_they_part_no_more(steps):
    def interval(score, its_reading="components"):
        return difference("border", "components", "plain", its_reading, steps, score)[1:]

    assert interval("AP")[0] > 0
    assert interval("merged")[1] < 0
    assert interval("IoU")[1] < 0
    assert interval("AP", "watershed")[0] < 0


@pytest.mark.parametrize("seed", range(11, 15))
def test_borders_are_few_of_the_pixels_and_the_weights_multiply_their_pull(seed):
    instances = cell_scene(seed=seed, size=96, num_cells=10, radius=9.0, radius_spread=2.0, clustering=0.8).instances
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


if __name__ == "__main__":
    print(table())
