"""Chapter 9: references against segbook, scipy and torch."""

import numpy as np
import pytest
import torch
from answering import drawn
from scipy.ndimage import distance_transform_edt
from torch.nn import functional as F

from segbook import losses, metrics
from segbook.exercises import get
from segbook.pixel_weights import balanced_weights, border_weights


def test_the_distances_of_the_reference_match_scipys_transforms():
    for (instances,), _, distances in drawn("9.1"):
        each = [distance_transform_edt(instances != cell) for cell in np.unique(instances[instances > 0])]
        np.testing.assert_allclose(distances, np.sort(each, axis=0)[:2], atol=1e-12)


def test_the_border_term_of_the_reference_is_that_of_the_weight_map():
    for (instances,), _, (d_1, d_2) in drawn("9.1"):
        term = get("9.2").solution(d_1, d_2, instances, w_0=10.0, sigma=5.0)
        np.testing.assert_allclose(term, border_weights(torch.from_numpy(instances)), atol=1e-6)


def test_without_a_second_cell_the_border_term_is_0():
    lonely = [term for (_, d_2, _), _, term in drawn("9.2") if np.isinf(d_2).all()]
    assert lonely
    assert not any(term.any() for term in lonely)


def test_the_class_weights_of_the_reference_match_segbook_and_balance_the_classes():
    for (labels, num_classes), options, weights in drawn("9.3"):
        expected = balanced_weights(torch.from_numpy(labels), num_classes, **options)
        np.testing.assert_allclose(weights, expected, rtol=1e-6)
        present = [c for c in range(num_classes) if (labels == c).any() and c != options["ignore_index"]]
        totals = [weights[c] * (labels == c).sum() for c in present]
        np.testing.assert_allclose(totals, totals[0])


def test_the_loss_of_the_reference_matches_segbook_and_torch():
    for args, _, loss in drawn("9.4"):
        logits, labels, weights = (torch.from_numpy(values)[None] for values in args)
        assert loss == pytest.approx(losses.cross_entropy(logits, labels, weights, reduction="pixel_mean").item())
        assert loss == pytest.approx((F.cross_entropy(logits, labels, reduction="none") * weights).mean().item())


def test_the_merged_cells_of_the_reference_match_segbook():
    for args, _, merged in drawn("9.5"):
        preds, labels = (torch.from_numpy(values)[None] for values in args)
        assert merged == metrics.merged_cells(preds, labels)


def test_the_threshold_curve_of_the_reference_matches_segbook():
    for (preds, labels), options, curve in drawn("9.6"):
        thresholds = tuple(options["thresholds"].tolist())
        counts = metrics.instance_counts(
            torch.from_numpy(preds)[None], torch.from_numpy(labels)[None], thresholds=thresholds
        )
        np.testing.assert_allclose(curve, metrics.average_precision(counts))
