"""FourTasks in Python: the scene pixel by pixel, its outputs against scikit-image and its settings."""

import numpy as np
import pytest
import torch
import traitlets
from skimage.measure import label, regionprops

from segbook.widgets import FourTasks
from segbook.widgets.four_tasks import HEIGHT, TOUCHING, WIDTH


def presets() -> dict[str, list]:
    return {name: settings["objects"] for name, settings in FourTasks.presets.items()}


def inside(shape, dx, dy, radius):
    """Each shape in its own words: a rounded circle, a band in both directions, rows that grow by one every two."""
    if shape == 1:
        return np.hypot(dx, dy) < np.sqrt(radius * (radius + 1) + 0.5)
    if shape == 2:
        return -radius + 1 <= dx <= radius - 1 and -radius + 1 <= dy <= radius - 1
    return -radius <= dy <= radius and abs(dx) <= (dy + radius) // 2


def random_scenes(count):
    rng = np.random.default_rng(7)
    low, high = (1, 0, 0, 3), (3, WIDTH - 1, HEIGHT - 1, 10)
    return [rng.integers(low, high, (rng.integers(1, 9), 4), endpoint=True).tolist() for _ in range(count)]


@pytest.mark.parametrize("objects", random_scenes(8))
def test_the_truth_is_drawn_pixel_by_pixel_from_back_to_front(objects):
    expected = np.zeros((HEIGHT, WIDTH), dtype=int)
    for number, (shape, x, y, radius) in enumerate(objects, start=1):
        for row, column in np.ndindex(HEIGHT, WIDTH):
            if inside(shape, column - x, row - y, radius):
                expected[row, column] = number
    assert np.array_equal(FourTasks(objects=objects).instances(), expected)


@pytest.mark.parametrize("objects", random_scenes(40))
def test_outputs_match_scikit_image(objects):
    figure = FourTasks(objects=objects)
    instances, labels = figure.instances().numpy(), figure.labels().numpy()
    assert all(np.all(labels[instances == i + 1] == shape) for i, (shape, *_) in enumerate(objects))
    shapes = {i + 1: shape for i, (shape, *_) in enumerate(objects)}
    expected = [[p.bbox[1], p.bbox[0], p.bbox[3], p.bbox[2], shapes[p.label]] for p in regionprops(instances)]
    assert figure.boxes() == expected
    regions = label(labels, background=0, connectivity=1)
    shared = sum(len(np.unique(instances[regions == r])) - 1 for r in range(1, regions.max() + 1))
    pieces = sum(len(np.unique(regions[instances == p.label])) - 1 for p in regionprops(instances))
    counts = {"objects": len(expected), "regions": regions.max(), "lost": shared, "cut": pieces}
    assert figure.counts() == counts
    assert counts["objects"] - counts["lost"] + counts["cut"] == counts["regions"]
    areas = [(labels == shape).sum() for shape in (1, 2, 3)]
    assert figure.label() == 1 + areas.index(max(areas))


@pytest.mark.parametrize("objects", random_scenes(8))
def test_the_label_says_nothing_of_a_place(objects):
    mirrored = FourTasks(objects=[[shape, WIDTH - 1 - x, y, radius] for shape, x, y, radius in objects])
    assert mirrored.label() == FourTasks(objects=objects).label()
    assert mirrored.boxes() != FourTasks(objects=objects).boxes()


def test_presets_show_what_their_names_say():
    counts = {name: tuple(FourTasks(objects=objects).counts().values()) for name, objects in presets().items()}
    assert counts == {
        "all apart": (5, 5, 0, 0),
        "two touch": (5, 4, 1, 0),
        "three in a heap": (5, 3, 2, 0),
        "another class": (5, 5, 0, 0),
        "only a corner": (5, 5, 0, 0),
        "right by accident": (5, 5, 1, 1),
    }
    assert presets()["two touch"] == TOUCHING


def test_a_hidden_object_is_in_no_output():
    figure = FourTasks(objects=[[1, 20, 15, 4], [2, 20, 15, 9]])
    assert figure.counts() == {"objects": 1, "regions": 1, "lost": 0, "cut": 0}
    assert figure.boxes() == [[12, 7, 29, 24, 2]]


@pytest.mark.parametrize("bad", [[0, 9, 9, 5], [4, 9, 9, 5], [1, 48, 9, 5], [1, 9, -1, 5], [1, 9, 32, 5], [1, 9, 9, 2],
                                 [1, 9, 9, 11], [1, 9, 9]])  # fmt: skip
def test_an_object_out_of_range_is_refused_and_the_scene_stays(bad):
    figure = FourTasks()
    with pytest.raises(traitlets.TraitError, match="objects"):
        figure.objects = [bad]
    assert figure.objects == TOUCHING


@pytest.mark.parametrize(("trait", "value"), [("task", "panoptic"), ("chosen", 0), ("objects", []), ("objects", [[1, 9, 9, 5]] * 9)])  # fmt: skip
def test_other_settings_keep_their_range(trait, value):
    with pytest.raises(traitlets.TraitError, match=trait):
        FourTasks(**{trait: value})


def test_the_sentence_follows_the_scene():
    apart, touching = FourTasks(objects=presets()["all apart"]), FourTasks()
    assert "a semantic map of 5 regions (0 lost, 0 cut)" in apart.alt()
    assert "a semantic map of 4 regions (1 lost, 0 cut)" in touching.alt()


def test_the_table_of_classes_begins_with_the_background():
    assert torch.equal(FourTasks().classes(), torch.tensor([0, 1, 1, 2, 2, 3]))
