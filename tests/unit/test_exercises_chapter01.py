"""Chapter 1: references against scikit-image and segbook's views, and mistakes written as learners would."""

import numpy as np
import pytest
import torch
from scipy import ndimage
from skimage.measure import label, regionprops

from segbook import views
from segbook.exercises import get, judge
from segbook.exercises.chapter01.scenes import scatter, turned

SEEDS = range(10)


def cases(id):
    return [case for seed in SEEDS for case in get(id).draw(seed)]


def test_the_boxes_reference_matches_scikit_image_and_the_views():
    for case in cases("1.1"):
        (instances,) = case.args
        boxes = get("1.1").reference(instances)
        expected = [(p.bbox[1], p.bbox[0], p.bbox[3], p.bbox[2]) for p in regionprops(instances)]
        np.testing.assert_array_equal(boxes, expected)
        np.testing.assert_array_equal(boxes, views.bounding_boxes(torch.from_numpy(instances))[1])


def test_the_semantic_reference_matches_a_loop_over_pixels():
    for case in cases("1.2"):
        instances, table = case.args
        classes = {0: 0, **{int(number): int(label) for number, label in table}}
        expected = [[classes[int(number)] for number in row] for row in instances]
        np.testing.assert_array_equal(get("1.2").reference(instances, table), expected)


def test_the_lost_reference_matches_scikit_image_and_the_views():
    rng = np.random.default_rng(1)
    random = [(scatter(rng, [1, 2, 3, 4, 5, 6]), np.append(0, rng.integers(1, 3, 6))) for _ in range(100)]
    for instances, classes in [case.args for case in cases("1.3")] + random:
        labels = classes[instances]
        regions = label(labels, background=0, connectivity=1)
        ids_of = [np.unique(instances[regions == number]) for number in range(1, regions.max() + 1)]
        expected = sum(len(ids) - 1 for ids in ids_of)
        assert get("1.3").reference(instances, classes) == expected
        ours = views.lost_and_cut(torch.from_numpy(instances), views.semantic_regions(torch.from_numpy(labels)))
        assert ours[0] == expected


def test_every_scene_shows_all_its_ids_and_turning_keeps_them():
    rng = np.random.default_rng(2)
    for _ in range(50):
        scene = scatter(rng, [3, 1, 8])
        assert set(np.unique(scene)) == {0, 1, 3, 8}
        assert sorted(turned(rng, scene).ravel()) == sorted(scene.ravel())


# Mistakes written as a learner would, not as the declaration does


def boxes_rows_first(instances):
    return np.array([p.bbox for p in regionprops(instances)])


def boxes_to_the_last_pixel(instances):
    found = [np.argwhere(instances == number)[:, ::-1] for number in np.unique(instances)[1:]]
    return np.array([[*pixels.min(axis=0), *pixels.max(axis=0)] for pixels in found])


def labels_by_place_in_the_table(instances, table):
    labels = np.zeros_like(instances)
    for place, number in enumerate(np.unique(instances)[1:]):
        labels[instances == number] = table[place][1]
    return labels


def lost_with_pooled_classes(instances, classes):
    regions, count = ndimage.label(instances)
    return sum(len(np.unique(instances[regions == r])) - 1 for r in range(1, count + 1))


def lost_with_corners(instances, classes):
    regions = label(classes[instances], background=0, connectivity=2)
    return len({*zip(regions[regions > 0], instances[regions > 0], strict=True)}) - regions.max()


@pytest.mark.parametrize(
    ("id", "answer", "name"),
    [
        ("1.1", boxes_rows_first, "x and y exchanged"),
        ("1.1", boxes_to_the_last_pixel, "far edges inclusive"),
        ("1.2", labels_by_place_in_the_table, "table taken as sorted"),
        ("1.2", lambda instances, table: instances, "ids taken as classes"),
        ("1.3", lost_with_pooled_classes, "classes pooled"),
        ("1.3", lost_with_corners, "corners connect"),
    ],
)
def test_a_mistake_is_recognised_however_it_is_written(id, answer, name):
    for seed in SEEDS:
        assert judge(get(id), answer, seed).misconception.name == name
