"""Threshold: the stored answers, cells and scores against brute force, what the presets show, the sentence."""

import io
import json
import re
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest
import torch
import traitlets
from PIL import Image
from sampling import sampled
from scipy import ndimage

from segbook import metrics
from segbook.data import cell_scene, nuclei
from segbook.objects import part_by_distance
from segbook.widgets import Threshold
from segbook.widgets.stored import DATA, LEVELS, THRESHOLDS
from segbook.widgets.threshold import MORE, NETWORKS, SCENES, SIZE, TEXT

ROUND = {"size": SIZE, "num_cells": 10, "radius": 9.0, "radius_spread": 2.0, "clustering": 0.8}
BENT = ROUND | {"num_cells": 8, "radius": 10.0, "shape": "bent"}
GENERATED = {
    "round cells": (5012, ROUND), "a tighter crowd": (5004, ROUND),
    "a typical crowd": (600_073, ROUND), "bent cells": (600_175, BENT),
}  # fmt: skip
# Without weights: the thresholds with the highest AP, by scene and reading.
BEST = {("round cells", "components"): 0.92, ("real nuclei", "components"): 0.94, ("real nuclei", "watershed"): 0.8}
REAL = {"real nuclei": (5, 80, 80), "more real nuclei": (6, 100, 20)}


def test_the_stored_answers_are_small_and_say_where_they_come_from():
    files = {file.name: file.stat().st_size for file in DATA.glob("threshold*")}
    assert set(files) == {"threshold.json", "threshold.png", "threshold_images.png"}
    assert "Written by benchmarks/threshold.py" in TEXT["note"]
    for scene, name in MORE.items():
        assert {file.name for file in DATA.glob(f"{name}*")} == {f"{name}.json", f"{name}.png", f"{name}_images.png"}
        said = json.loads((DATA / f"{name}.json").read_text("utf-8"))
        assert (said["networks"], said["number"]) == (NETWORKS, GENERATED[scene][0] - 600_000)
        assert re.search(r"Written by benchmarks/\w+\.py\.$", said["note"])
    assert {"processor", "torch", "python"} <= set(TEXT["machine"])
    assert len(json.dumps(Threshold().maps)) < 60_000  # it is stored in the notebook
    assert {*GENERATED, *REAL} == {*SCENES, *MORE}


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_scene_is_the_one_that_its_seed_names(name):
    seed, settings = GENERATED[name]
    figure, scene = Threshold(scene=name), cell_scene(seed=seed, **settings)
    assert torch.equal(figure.truth(), scene.instances)
    np.testing.assert_allclose(figure.image(), scene.image, atol=0.5 / 31 + 1e-6)


@pytest.mark.parametrize("name", REAL)
def test_a_real_image_is_a_part_of_one_that_no_network_has_seen(name):
    number, row, column = REAL[name]
    image, _, ids = nuclei("test", percentiles=(1, 99.8))[number]
    part, figure = np.s_[row : row + SIZE, column : column + SIZE], Threshold(scene=name)
    np.testing.assert_allclose(figure.image(), image[0][part].clamp(0, 1), atol=0.5 / 31 + 1e-6)
    truth, numbers = figure.truth(), ids[part].unique()
    assert torch.equal(numbers[truth], ids[part])


def test_the_page_has_what_python_has():
    maps = Threshold().maps
    with Image.open(io.BytesIO(b64decode(maps["sheet"].partition("base64,")[2]))) as sheet:
        assert sheet.size == (SIZE * len(SCENES), SIZE)
    assert [len(row) for row in (maps["ids"], maps["answers"], *maps["answers"])] == 2 * [len(SCENES)] + 4 * [2]
    # The letters unfold in test_widgets_shifted_skip.py, and in Node (tests/js).


@pytest.mark.parametrize("scene", [*SCENES, *MORE])
@pytest.mark.parametrize("reading", ["components", "watershed"])
def test_cells_and_scores_are_those_of_a_count_by_hand(scene, reading):
    for network, threshold in zip(2 * NETWORKS, (0.5, 0.5, 0.78, 0.22), strict=True):
        figure = Threshold(scene=scene, reading=reading, threshold=threshold)
        mask, ids = figure.probs(network).numpy() > threshold, figure.truth().numpy()
        cells = ndimage.label(mask)[0] if reading == "components" else part_by_distance(mask).numpy()
        both = np.unique(np.stack([figure.cells(network).numpy().ravel(), cells.ravel()]), axis=1)
        assert both.shape[1] == cells.max() + 1  # the same cells, whatever their numbers
        assert (both[1] > 0).sum() == (both[0] > 0).sum() == cells.max()
        scores, found, holders = figure.scores(network), 0, []
        for cell in range(1, ids.max() + 1):
            areas = np.bincount(cells[ids == cell], minlength=cells.max() + 1)
            whole = np.bincount(cells.ravel(), minlength=cells.max() + 1)
            union = (ids == cell).sum() + whole - areas
            found += (areas[1:] / union[1:] > 0.5).sum() if cells.max() else 0
            if areas[1:].max(initial=0) > (ids == cell).sum() / 2:
                holders.append(areas[1:].argmax() + 1)
        assert scores["hits"] == found
        assert scores["AP"] == pytest.approx(found / (ids.max() + cells.max() - found))
        assert scores["merged"] == sum(holders.count(cell) > 1 for cell in holders)
        assert scores["IoU"] == pytest.approx((mask & (ids > 0)).sum() / (mask | (ids > 0)).sum())
        inside = [ids[cells == cell] for cell in range(1, cells.max() + 1)]
        owners = [np.bincount(one).argmax() for one in inside if (np.bincount(one) > len(one) / 2)[1:].any()]
        assert scores["split"] == sum(owners.count(cell) > 1 for cell in set(owners))


def average_precision(figure, network):
    found = figure.cells(network)[None]
    return metrics.average_precision(metrics.instance_counts(found, figure.truth()[None], thresholds=(0.5,))).item()


@sampled("thresholds", THRESHOLDS, 4)
def test_the_chapter_says_what_the_stored_answers_show(thresholds):
    chapter = (Path(__file__).parents[2] / "book/09_weighted_loss.md").read_text("utf-8")
    best = []
    for (scene, reading), threshold in BEST.items():
        figure = Threshold(scene=scene, reading=reading, threshold=threshold)
        best.append(average_precision(figure, "plain"))
        for figure.threshold in thresholds:
            assert average_precision(figure, "plain") <= best[-1], (scene, reading)
    half, high = Threshold(), Threshold(threshold=0.92)
    plain, opened, weighted = half.scores("plain"), high.scores("plain"), half.scores("weighted")
    assert half.truth().max() == opened["hits"] == 10
    low = Threshold(threshold=0.26).scores("weighted")
    same = 10 * 0.26 / (10 * 0.26 + 1 - 0.26)  # what the threshold of 0.26 stands for without a weight of 10
    cut = Threshold(reading="watershed").scores("plain")
    assert cut["hits"] == 10
    assert (
        f'On "round cells" the plain U-Net hits {plain["hits"]} of 10 cells at 0.50, with an IoU of {plain["IoU"]:.3f}, and all 10 at '
        f"0.92, with an IoU of {opened['IoU']:.3f}. By a watershed at 0.50 it hits all 10, too, and its IoU stays "
        f"{cut['IoU']:.3f}. The weighted U-Net hits {weighted['hits']} at 0.50, with an IoU of {weighted['IoU']:.3f}. "
        f"But at 0.26 it hits all {low['hits']}, too, and keeps an IoU of {low['IoU']:.3f}. By consequence 1, the plain U-Net at "
        f"2.6/3.34 = {same:.2f} should do the same, but it hits only {Threshold(threshold=0.78).scores('plain')['hits']}. So on this "
        "one image weights do more than the threshold that stands for them; over the ten pairs, at ½, they do little more."
    ) in chapter
    assert low["AP"] == opened["AP"] == 1
    for network, least in {
        "plain": 0.92,
        "weighted": 0.26,
    }.items():  # IoU falls from there on, and below it AP is not 1
        found = {t: Threshold(threshold=t).scores(network) for t in thresholds}
        assert all(t >= least for t, one in found.items() if one["AP"] == 1)
    assert Threshold.presets["a high threshold"]["threshold"] == BEST["round cells", "components"]


def test_a_level_is_the_number_of_thresholds_that_it_exceeds():
    figure = Threshold()
    for network in NETWORKS:
        probs = figure.probs(network)
        exceeded = sum((probs > threshold).long() for threshold in THRESHOLDS)
        assert torch.equal(exceeded, (probs * LEVELS - 0.5).round().long())
        assert exceeded.min() == 0


def test_the_sentence_has_the_setting_and_both_networks_numbers():
    figure = Threshold(threshold=0.3, reading="watershed")
    plain, weighted = (figure.scores(network) for network in NETWORKS)
    assert f"read by watershed above 0.30; plain: {plain['hits']} hits, {plain['merged']} merged" in figure.alt()
    assert f"weighted: {weighted['hits']} hits" in figure.alt()
    assert f"IoU {weighted['IoU']:.3f}, AP {weighted['AP']:.2f}." in figure.alt()


@pytest.mark.parametrize(
    ("trait", "value"), [("threshold", 0.51), ("threshold", 0.0), ("threshold", 1.0), ("reading", "border"), ("scene", "moon")]
)  # fmt: skip
def test_a_setting_that_is_not_stored_is_refused(trait, value):
    figure = Threshold()
    before = getattr(figure, trait)
    with pytest.raises(traitlets.TraitError, match=trait):
        setattr(figure, trait, value)
    assert getattr(figure, trait) == before
