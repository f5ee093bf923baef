"""ShiftedSkip: the stored answers, their scores against brute force, what they show, the sentence."""

import io
import json
from base64 import b64decode

import numpy as np
import pytest
import torch
import traitlets
from PIL import Image
from scipy import ndimage

from segbook.data import CellScenes
from segbook.widgets import ShiftedSkip
from segbook.widgets.shifted_skip import DATA, MOVED, SHIFTS, SIZE, TEXT
from segbook.widgets.stored import LETTERS, letters

CROWD = {"size": 96, "num_cells": 10, "radius": 9.0, "radius_spread": 2.0, "clustering": 0.8}


def unletter(text):
    """Unfold a letter and how often it follows, one after the other."""
    values = []
    for sign in text:
        if sign in LETTERS:
            values.append([LETTERS.index(sign), ""])
        else:
            values[-1][1] += sign
    return [value for value, count in values for _ in range(int(count or 1))]


def test_letters_unfold_to_any_map():
    rng = np.random.default_rng(8)
    for most in (1, 2, 26, 51):
        tile = rng.integers(0, most + 1, (7, 9)).repeat(3, axis=1)
        assert unletter(letters(tile)) == tile.ravel().tolist()


def test_the_stored_answers_are_small_and_say_where_they_come_from():
    files = {file.name: file.stat().st_size for file in DATA.glob("shifted_skip*")}
    assert set(files) == {"shifted_skip.json", "shifted_skip.png", "shifted_skip_image.png"}
    assert "Written by benchmarks/shifted_skip.py" in TEXT["note"]
    assert {"processor", "torch", "python"} <= set(TEXT["machine"])
    assert len(json.dumps(ShiftedSkip().maps)) < 60_000  # it is stored in the notebook


def test_the_page_has_the_scene_that_its_seed_names_and_every_stored_answer():
    figure = ShiftedSkip()
    image, labels, _ = CellScenes(6, seed=5000, **CROWD)[5]
    assert torch.equal(figure.truth(), labels)
    with Image.open(io.BytesIO(b64decode(figure.maps["sheet"].partition("base64,")[2]))) as sheet:
        np.testing.assert_allclose(np.asarray(sheet) / 248, image[0], atol=0.5 / 31 + 1e-6)
    assert unletter(figure.maps["truth"]) == labels.flatten().tolist()
    for moved, row in zip(MOVED, figure.maps["answers"], strict=True):
        for shift, text in zip(SHIFTS, row, strict=True):
            answer = ShiftedSkip(moved=moved, shift=shift).answer()
            assert answer.shape == (SIZE, SIZE)
            assert unletter(text) == answer.flatten().tolist()
    still = [ShiftedSkip(moved=moved, shift=0).answer() for moved in MOVED]
    assert all(torch.equal(one, still[0]) for one in still)


@pytest.mark.parametrize("moved", MOVED)
@pytest.mark.parametrize("shift", [-8, 4, 16])
def test_the_scores_are_those_of_boundaries_grown_by_a_pixel(moved, shift):
    figure = ShiftedSkip(moved=moved, shift=shift)
    cross = ndimage.generate_binary_structure(2, 1)

    def boundary_f(preds, labels):
        edges = [mask & ~ndimage.binary_erosion(mask, cross, border_value=1) for mask in (preds > 0, labels > 0)]
        near = [(a & ndimage.binary_dilation(b, cross)).sum() / a.sum() for a, b in (edges, edges[::-1])]
        return 2 * near[0] * near[1] / sum(near)

    preds, truth = figure.answer().numpy(), figure.truth().numpy()
    moved_truth = np.roll(truth, shift, axis=1)
    assert figure.scores() == pytest.approx((boundary_f(preds, truth), boundary_f(preds, moved_truth)))


def test_outlines_follow_the_finest_skip_and_not_the_second():
    least = {"both": {4: 0.9, 8: 0.9, 16: 0.9}, "the finest": {4: 0.9, 8: 0.75, 16: 0.5}}  # boundary F, moved so far
    for shift in (-16, -8, -4, 4, 8, 16):
        for moved, bounds in least.items():
            still, along = ShiftedSkip(moved=moved, shift=shift).scores()
            assert still < 0.3
            assert along > bounds[abs(shift)]
        still, along = ShiftedSkip(moved="the second", shift=shift).scores()
        assert still > 0.85
        assert along < 0.3
    still, along = ShiftedSkip(shift=0).scores()
    assert still == along > 0.95


def test_the_sentence_says_what_moves_and_both_scores():
    figure = ShiftedSkip(moved="the finest", shift=-4)
    still, along = figure.scores()
    assert "its finest skip moved 4 pixels to the left" in figure.alt()
    assert f"{still:.2f} against the true outlines and {along:.2f} against" in figure.alt()


@pytest.mark.parametrize(("trait", "value"), [("shift", 2), ("shift", 20), ("moved", "all")])
def test_a_setting_that_is_not_stored_is_refused(trait, value):
    figure = ShiftedSkip()
    before = getattr(figure, trait)
    with pytest.raises(traitlets.TraitError, match=trait):
        setattr(figure, trait, value)
    assert getattr(figure, trait) == before
