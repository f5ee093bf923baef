"""Chapter 9: references against segbook, scipy and torch."""

import numpy as np
import pytest
import torch
from scipy.ndimage import distance_transform_edt
from torch.nn import functional as F

from segbook import losses, metrics
from segbook.exercises import get
from segbook.weight_map import balanced_weights, border_weights

SEEDS = range(10)


def cases(id):
    return [case for seed in SEEDS for case in get(id).draw(seed)]


def test_the_distances_of_the_reference_match_scipys_transforms():
    for case in cases("9.1"):
        (instances,) = case.args
        each = [distance_transform_edt(instances != cell) for cell in np.unique(instances[instances > 0])]
        np.testing.assert_allclose(get("9.1").reference(instances), np.sort(each, axis=0)[:2], atol=1e-12)


def test_the_border_term_of_the_reference_is_that_of_the_weight_map():
    for case in cases("9.1"):
        (instances,) = case.args
        d_1, d_2 = get("9.1").reference(instances)
        term = get("9.2").reference(d_1, d_2, instances, w_0=10.0, sigma=5.0)
        np.testing.assert_allclose(term, border_weights(torch.from_numpy(instances)), atol=1e-6)


def test_without_a_second_cell_the_border_term_is_0():
    for case in cases("9.2"):
        if case.group == "one cell":
            assert not get("9.2").reference(*case.args, **case.options).any()


def test_the_class_weights_of_the_reference_match_segbook_and_balance_the_classes():
    for case in cases("9.3"):
        labels, num_classes = case.args
        weights = get("9.3").reference(labels, num_classes, **case.options)
        expected = balanced_weights(torch.from_numpy(labels), num_classes, **case.options)
        np.testing.assert_allclose(weights, expected, rtol=1e-6)
        totals = [weights[c] * (labels == c).sum() for c in range(num_classes) if (labels == c).any()]
        np.testing.assert_allclose(totals, totals[0])


def test_the_loss_of_the_reference_matches_segbook_and_torch():
    for case in cases("9.4"):
        logits, labels, weights = (torch.from_numpy(values)[None] for values in case.args)
        value = get("9.4").reference(*case.args)
        assert value == pytest.approx(losses.cross_entropy(logits, labels, weights, reduction="pixel_mean").item())
        assert value == pytest.approx((F.cross_entropy(logits, labels, reduction="none") * weights).mean().item())


def test_the_merged_cells_of_the_reference_match_segbook():
    for case in cases("9.5"):
        preds, labels = (torch.from_numpy(values)[None] for values in case.args)
        assert get("9.5").reference(*case.args) == metrics.merged_cells(preds, labels)
