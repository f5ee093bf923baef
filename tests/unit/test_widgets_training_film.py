"""TrainingFilm: the stored frames, their scores against a count by hand, loss, the settings."""

import json

import numpy as np
import pytest
import torch
import traitlets
from scipy import ndimage

from segbook.data import nuclei
from segbook.widgets import TrainingFilm
from segbook.widgets.stored import DATA
from segbook.widgets.training_film import SIZE, STEPS, TEXT


def test_the_stored_frames_are_small_and_say_where_they_come_from():
    assert "Written by benchmarks/real_images.py" in TEXT["note"]
    assert sum(file.stat().st_size for file in DATA.glob("training_film*")) < 60_000
    assert len(json.dumps(TrainingFilm().maps)) < 110_000  # it is stored in the notebook
    assert STEPS[0] == 0
    assert sorted(set(STEPS)) == STEPS
    assert len(TEXT["loss"]) == STEPS[-1]


def test_the_filmed_part_belongs_to_a_validation_image():
    ids = nuclei("train")[31][2][100 : 100 + SIZE, 60 : 60 + SIZE]
    assert torch.equal(ids.unique()[TrainingFilm().truth()], ids)


@pytest.mark.parametrize("frame", range(len(STEPS)))
def test_every_frame_is_scored_as_by_hand(frame):
    figure = TrainingFilm(frame=frame)
    objects, count = ndimage.label(figure.probs().numpy() > 0.5)
    ids = figure.truth().numpy()
    pairs = [(objects == o, ids == i) for o in range(1, min(count, 40) + 1) for i in range(1, ids.max() + 1)]
    found = sum(2 * (a & b).sum() > (a | b).sum() for a, b in pairs)
    scores = figure.scores()
    assert (scores["objects"], scores["cells"]) == (count, ids.max())
    if count <= 40:  # specks by the hundred find nothing by hand in any time
        assert scores["found"] == found
    assert scores["AP"] == pytest.approx(scores["found"] / (count + ids.max() - scores["found"]))
    assert TEXT["ap"][frame] == round(1000 * scores["AP"])
    assert figure.step == STEPS[frame]


def test_the_network_learns_before_the_readers_eyes():
    first, last = TrainingFilm(), TrainingFilm(preset="the end")
    assert last.scores()["AP"] > first.scores()["AP"] + 0.5
    assert np.mean(TEXT["loss"][-10:]) < np.mean(TEXT["loss"][:10]) / 4
    assert f"After {STEPS[-1]} steps the network finds" in last.alt()


@pytest.mark.parametrize(("trait", "value"), [("frame", len(STEPS)), ("frame", -1), ("shown", "weights")])
def test_a_setting_that_is_not_stored_is_refused(trait, value):
    figure = TrainingFilm()
    before = getattr(figure, trait)
    with pytest.raises(traitlets.TraitError, match=trait):
        setattr(figure, trait, value)
    assert getattr(figure, trait) == before


def test_from_step_30_to_50_the_loss_falls_and_ap_with_it():
    steps = [TrainingFilm(preset=f"step {step}") for step in (30, 50, 80)]
    assert [one.step for one in steps] == [30, 50, 80]
    assert all(one.shown == "objects" for one in steps)
    losses = [np.mean(TEXT["loss"][one.step - 10 : one.step]) for one in steps]
    assert losses[1] < losses[0] / 2
    assert abs(losses[2] - losses[1]) < 0.01
    aps = [one.scores()["AP"] for one in steps]
    assert aps[1] < aps[0] < aps[2]
