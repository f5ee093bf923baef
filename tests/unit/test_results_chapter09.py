"""What chapter 9 says about averages is what benchmarks/experiments measured."""

from results import ROOT, assert_chapter_has, experiment, experiments

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
    assert f"AP differs by {abs(mean):.2f}, interval {low:.2f} to {high:.2f}".replace("-", "−") in text
    assert low < 0 < high
    left = difference("border", "tuned components", "plain", "tuned components", 3000, "AP")[0]
    assert f"{left:.2f} of the gain in AP is left for the weights" in text
    opened = [experiment("plain", reading, 300, "AP") for reading in ("components", "tuned components")]
    assert "its AP from {:.2f} to {:.2f}".format(*opened) in text
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
    assert f"weights at ½ beat it by {beats:.2f}" in text
    nuclei = difference("nuclei: border", "components", "nuclei: plain", "watershed", 3000, "AP")
    assert nuclei[2] < 0  # "finds more than the weighted one"


if __name__ == "__main__":
    print(table())
