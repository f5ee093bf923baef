"""WorkAndScore in Python: its numbers are those that were measured, its work is that of its layers, its front holds."""

import json
import sys
from itertools import product

import numpy as np
import pytest
import traitlets
from results import ROOT, experiment, experiments, floor

from segbook import shapes
from segbook.exercises.chapter10.front import non_dominated
from segbook.widgets import WorkAndScore
from segbook.widgets.work_and_score import LINES, READINGS, ROWS, SCENES, SCORES

sys.path[:0] = [str(ROOT / "benchmarks"), str(ROOT / "benchmarks/experiments")]
rows = {row.name: row for row in __import__("rows").ROWS}
SETTINGS = [
    {"images": images, "score": score, "reading": reading, "steps": steps}
    for images, score, reading, steps in product(ROWS, SCORES, READINGS, ("300", "1000", "3000"))
    if images != "granules" or reading not in ("watershed", "both")
]


@pytest.mark.parametrize("images", ROWS)
def test_every_mark_is_what_was_measured_and_nothing_measured_is_left_out(images):
    found = {
        (one["row"], one["reading"], one["mark"]): one["scores"]
        for one in experiments()["rows"]
        if one["row"] in ROWS[images].values()
    }
    cut = json.loads((ROOT / "benchmarks/results/cut_depth2.json").read_text("utf-8"))["drawn"]
    for name, scores in cut.items():
        row, mark, reading = name.split("|")
        if row in ROWS[images].values():
            assert (row, reading, int(mark)) not in found
            found[row, reading, int(mark)] = scores
    for settings in (one for one in SETTINGS if one["images"] == images):
        marks = WorkAndScore(**settings).marks()
        for name, row in ROWS[images].items():
            key = (row, READINGS[settings["reading"]][0], int(settings["steps"]))
            if key in found:
                mean, _, *interval = found[key][settings["score"]]
                assert marks[name][1:] == (mean, tuple(interval))
            else:
                assert name not in marks


def test_a_chapters_numbers_are_here():
    marks = WorkAndScore(score="F per cell").marks()
    assert marks["U-Net"].score == experiment("plain", "components", 1000, "F per cell")
    assert round(marks["U-Net"].score, 3) == 0.909
    assert round(WorkAndScore(preset="far context").marks()["U-Net"].score, 2) == 0.95


def test_lines_are_answers_without_a_network():
    for settings in SETTINGS:
        named = LINES.get(settings["images"], LINES[settings["reading"]])
        expected = {
            name: floor(SCENES[settings["images"]], answer, settings["score"]) for answer, name in named.items()
        }
        assert WorkAndScore(**settings).lines() == expected
        assert len(expected) == 2
    assert WorkAndScore(score="IoU").lines() == {"Otsu's threshold": 0.9237, "perfect answer with gaps": 0.9556}


def unet_work(*, depth, skips, classes, width=12, size=96):
    """Add up the layers of a padded U-Net, one after the other."""
    conv, work, channels = shapes.conv_multiply_adds, 0, 1
    for level in range(depth + 1):
        out, side = width * 2**level, size // 2**level
        work += conv(channels, out, 3, output_size=side) + conv(out, out, 3, output_size=side)
        channels = out
    for level in reversed(range(depth)):
        out, side = width * 2**level, size // 2**level
        work += shapes.conv_transpose_multiply_adds(channels, out, 2, input_size=side // 2)
        work += conv(2 * out if skips == "concat" else out, out, 3, output_size=side) + conv(
            out, out, 3, output_size=side
        )
        channels = out
    return work + conv(channels, classes, 1, output_size=size)


@pytest.mark.parametrize("images", ROWS)
def test_the_work_of_a_unet_is_that_of_its_layers(images):
    for name, row in ROWS[images].items():
        if rows[row].net["kind"] == "unet":
            settings = {"depth": 3, "skips": "concat"} | {k: v for k, v in rows[row].net.items() if k != "kind"}
            classes = 3 if name == "border class" else 2
            counted = WorkAndScore().record[images]["networks"][name]["work"]
            assert counted == unet_work(**settings, classes=classes)


def test_the_work_of_patches_is_that_of_their_layers_in_one_pass_and_patch_by_patch():
    """Mirrored by 14 pixels on each side, an image has 124; pooling that skips nothing takes one pixel, then two."""
    conv, patches = shapes.conv_multiply_adds, WorkAndScore().record["round cells"]["networks"]["patches"]
    in_one_pass = [
        conv(1, 12, 4, output_size=121), conv(12, 12, 4, output_size=120 - 2 * 3),
        conv(12, 64, 5, output_size=112 - 4 * 4), conv(64, 2, 1, output_size=96),
    ]  # fmt: skip
    one_patch = [conv(1, 12, 4, output_size=26), conv(12, 12, 4, output_size=10)]
    one_patch += [shapes.dense_multiply_adds(12 * 5 * 5, 64), shapes.dense_multiply_adds(64, 2)]
    assert patches["work"] == sum(in_one_pass)
    assert patches["patch by patch"] == 96**2 * sum(one_patch)


def test_the_work_agrees_with_the_training_benchmark():
    training = json.loads((ROOT / "benchmarks/results/training.json").read_text("utf-8"))["rows"]
    known = {row["model"]: row["multiply–adds"] for row in training}
    marks = WorkAndScore().marks()
    names = {
        "FCN-8s": "FCN-8s",
        "depth 1": "encoder–decoder, depth 1",
        "depth 2": "encoder–decoder, depth 2",
        "encoder–decoder": "encoder–decoder, depth 3",
        "U-Net": "U-Net",
        "weighted U-Net": "U-Net, weighted loss",
    }
    assert {name: marks[name].work for name in names} == {name: known[model] for name, model in names.items()}


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda one: " ".join(one.values()))
def test_the_front_is_that_of_the_exercise(settings):
    figure = WorkAndScore(**settings)
    marks, dominated = figure.marks(), figure.dominated()
    kept = non_dominated(
        np.array([mark.score for mark in marks.values()]), np.array([mark.work for mark in marks.values()])
    )
    assert figure.front() == [name for name, is_kept in zip(marks, kept, strict=True) if is_kept]
    assert set(dominated.values()) <= set(figure.front())  # the best that dominates is worth having itself
    assert figure.best() in figure.front()


def test_the_network_in_focus_is_the_best_where_it_was_not_measured():
    figure = WorkAndScore(network="patches")
    assert figure.in_focus() == "patches"
    figure.images = "odd shapes"
    assert figure.in_focus() == figure.best() == "U-Net"


def test_the_sentence_says_who_is_worth_having_and_who_is_dominated_by_whom():
    assert WorkAndScore().alt() == (
        "Round cells, read at ½ after 1,000 steps: U-Net has the highest F per cell, 0.909 (0.900 to 0.917), for 182.4 "
        "million multiply–adds. Worth having: depth 1, depth 2, U-Net of depth 2 and U-Net. Dominated by depth 1: "
        "U-Net of depth 1 and FCN-8s; by U-Net of depth 2: encoder–decoder; by U-Net: weighted U-Net and patches."
    )
    assert "Worth having: depth 1 alone." in WorkAndScore(preset="areas").alt()


@pytest.mark.parametrize(("trait", "value"), [("images", "clouds"), ("score", "mIoU"), ("steps", "200")])
def test_an_unknown_setting_is_refused(trait, value):
    with pytest.raises(traitlets.TraitError, match=trait):
        WorkAndScore(**{trait: value})


def test_a_reading_that_was_not_measured_is_refused_whichever_is_set_first():
    says = "no network was read by 'watershed' on granules"
    with pytest.raises(traitlets.TraitError, match=says):
        WorkAndScore(images="granules", reading="watershed")
    figure = WorkAndScore(reading="watershed")
    with pytest.raises(traitlets.TraitError, match=says):
        figure.images = "granules"
    assert figure.images == "round cells"
    figure = WorkAndScore(images="granules")
    with pytest.raises(traitlets.TraitError, match=says):
        figure.reading = "watershed"
    with figure.hold_trait_notifications():
        figure.reading, figure.images = "watershed", "real nuclei"
    assert len(figure.marks()) == 3
