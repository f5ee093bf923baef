"""Chapter 1: references against scikit-image and segbook's views."""

import numpy as np
import torch
from answering import drawn
from skimage.measure import label, regionprops

from segbook.data import views
from segbook.exercises import get
from segbook.exercises.chapter01.scenes import scatter, turned


def test_the_boxes_reference_matches_scikit_image_and_the_views():
    for (instances,), _, boxes in drawn("1.1"):
        expected = [(p.bbox[1], p.bbox[0], p.bbox[3], p.bbox[2]) for p in regionprops(instances)]
        np.testing.assert_array_equal(boxes, expected)
        np.testing.assert_array_equal(boxes, views.bounding_boxes(torch.from_numpy(instances))[1])


def test_the_semantic_reference_matches_a_loop_over_pixels():
    for (instances, table), _, labels in drawn("1.2"):
        classes = {0: 0, **{int(number): int(label) for number, label in table}}
        np.testing.assert_array_equal(labels, [[classes[int(number)] for number in row] for row in instances])


def test_the_lost_reference_matches_scikit_image_and_the_views():
    rng = np.random.default_rng(1)
    random = [(scatter(rng, [1, 2, 3, 4, 5, 6]), np.append(0, rng.integers(1, 3, 6))) for _ in range(100)]
    for instances, classes in [args for args, _, _ in drawn("1.3")] + random:
        labels = classes[instances]
        regions = label(labels, background=0, connectivity=1)
        ids_of = [np.unique(instances[regions == number]) for number in range(1, regions.max() + 1)]
        expected = sum(len(ids) - 1 for ids in ids_of)
        assert get("1.3").solution(instances, classes) == expected
        ours = views.lost_and_cut(torch.from_numpy(instances), views.semantic_regions(torch.from_numpy(labels)))
        assert ours[0] == expected


def test_every_scene_shows_all_its_ids_and_turning_keeps_them():
    rng = np.random.default_rng(2)
    for _ in range(50):
        scene = scatter(rng, [3, 1, 8])
        assert set(np.unique(scene)) == {0, 1, 3, 8}
        assert sorted(turned(rng, scene).ravel()) == sorted(scene.ravel())
