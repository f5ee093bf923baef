"""ResultsBrowser: the stored answers, objects and scores against counts by hand, the curves, the settings."""

import json

import numpy as np
import pytest
import torch
import traitlets
from scipy import ndimage
from skimage.filters import threshold_otsu

from segbook.data import nuclei
from segbook.objects import part_by_distance
from segbook.widgets import ResultsBrowser
from segbook.widgets.results_browser import METHODS, SCENES, SIZE, TEXT
from segbook.widgets.stored import DATA, THRESHOLDS

SHOWN = {
    "a few": (22, 52, 20),
    "a crowd": (2, 160, 0),
    "many small ones": (11, 70, 85),
    "large ones": (31, 140, 96),
    "dim ones": (31, 160, 20),
}


def test_the_stored_answers_are_small_and_say_where_they_come_from():
    assert "Written by benchmarks/siblings.py" in TEXT["note"]
    assert {"processor", "torch", "python"} <= set(TEXT["machine"])
    assert sum(file.stat().st_size for file in DATA.glob("results_browser*")) < 70_000
    assert len(json.dumps(ResultsBrowser().maps)) < 130_000  # it is stored in the notebook
    assert [*SHOWN] == SCENES


@pytest.mark.parametrize("name", SHOWN)
def test_an_image_is_a_part_of_a_validation_image_with_its_truth(name):
    number, row, column = SHOWN[name]
    image, _, ids = nuclei("train", percentiles=(1, 99.8))[number]
    part, figure = np.s_[row : row + SIZE, column : column + SIZE], ResultsBrowser(scene=name)
    np.testing.assert_allclose(figure.image(), image[0][part].clamp(0, 1), atol=0.5 / 31 + 1e-6)
    assert torch.equal(ids[part].unique()[figure.truth()], ids[part])
    grey, otsu = image[0].clamp(0, 1).numpy(), ResultsBrowser(scene=name, method="Otsu").probs()
    assert np.array_equal(otsu > 0.98, (grey > threshold_otsu(grey))[part])
    assert np.array_equal(otsu > 0.02, otsu > 0.98)  # the same at every threshold


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("reading", ["components", "watershed"])
def test_objects_scores_and_curves_are_those_of_a_count_by_hand(scene, reading):
    for method, threshold in zip(METHODS, (0.3, 0.78), strict=True):
        figure = ResultsBrowser(scene=scene, method=method, reading=reading, threshold=threshold)
        mask, ids = figure.probs().numpy() > threshold, figure.truth().numpy()
        objects = ndimage.label(mask)[0] if reading == "components" else part_by_distance(mask).numpy()
        found, holders = 0, []
        for cell in range(1, ids.max() + 1):
            inside = np.bincount(objects[ids == cell], minlength=objects.max() + 1)
            union = (ids == cell).sum() + np.bincount(objects.ravel()) - inside
            found += (2 * inside > union)[1:].sum()
            if 2 * inside[1:].max(initial=0) > (ids == cell).sum():
                holders.append(inside[1:].argmax())
        scores = figure.scores()
        assert (scores["found"], scores["cells"], scores["objects"]) == (found, ids.max(), objects.max())
        assert scores["merged"] == sum(holders.count(holder) > 1 for holder in holders)
        assert scores["AP"] == pytest.approx(found / (ids.max() + objects.max() - found))
        curve = TEXT["curves"][SCENES.index(scene)][METHODS.index(method)][reading == "watershed"]
        assert len(curve) == len(THRESHOLDS)
        assert curve[THRESHOLDS.index(threshold)] == round(1000 * scores["AP"])


def test_the_sentence_has_the_setting_and_the_scores():
    figure = ResultsBrowser(scene="large ones", method="Otsu", threshold=0.3, reading="components")
    scores = figure.scores()
    assert f"Otsu, read by components above Otsu's threshold: {scores['objects']} objects" in figure.alt()
    alarms = scores["objects"] - scores["found"]
    assert f"{alarms} false alarms, {scores['merged']} merged, {scores['split']} split, AP" in figure.alt()


@pytest.mark.parametrize(
    ("trait", "value"), [("threshold", 0.51), ("threshold", 1.0), ("reading", "border"), ("scene", "moon"), ("method", "floor")]
)  # fmt: skip
def test_a_setting_that_is_not_stored_is_refused(trait, value):
    figure = ResultsBrowser()
    before = getattr(figure, trait)
    with pytest.raises(traitlets.TraitError, match=trait):
        setattr(figure, trait, value)
    assert getattr(figure, trait) == before
