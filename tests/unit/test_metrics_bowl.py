"""The score of the Data Science Bowl, image by image, against a matching by scipy and numbers by hand."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import linear_sum_assignment

from segbook.metrics import IOU_THRESHOLDS, average_precision, bowl_scores, instance_counts


def objects(image):
    return [image == number for number in np.unique(image) if number]


def score_by_assignment(pred, label, thresholds):
    """Match so that as many pairs as possible exceed the threshold, whatever the definition says of uniqueness."""
    ours, theirs = objects(pred), objects(label)
    if not ours and not theirs:
        return math.nan
    ious = np.array([[(a & b).sum() / (a | b).sum() for b in theirs] for a in ours]).reshape(len(ours), len(theirs))
    shares = []
    for threshold in thresholds:
        good = ious > threshold
        hits = good[linear_sum_assignment(good, maximize=True)].sum()
        shares.append(hits / (len(ours) + len(theirs) - hits))
    return sum(shares) / len(shares)


@settings(deadline=None, max_examples=60)
@given(
    hnp.arrays(np.int64, (2, 4, 5), elements=st.sampled_from([0, 1, 2, 70_000])),
    hnp.arrays(np.int64, (2, 4, 5), elements=st.sampled_from([0, 1, 2, 70_000])),
    hnp.arrays(bool, (2, 4, 5)),
)
def test_every_image_is_scored_as_by_the_best_assignment(preds, labels, right):
    preds = np.where(right, labels, preds)
    for thresholds in (IOU_THRESHOLDS, IOU_THRESHOLDS[:9]):
        ours = bowl_scores(torch.from_numpy(preds), torch.from_numpy(labels), thresholds=thresholds)
        expected = [score_by_assignment(*pair, thresholds) for pair in zip(preds, labels, strict=True)]
        assert ours.tolist() == pytest.approx(expected, nan_ok=True)


def test_perfect_lazy_and_joined_answers_and_images_without_cells():
    cells = torch.tensor([[[1, 1, 2, 2, 0, 3]], [[4, 4, 4, 4, 4, 4]], [[0, 0, 0, 0, 0, 0]]])
    nan = pytest.approx(math.nan, nan_ok=True)
    assert bowl_scores(cells, cells).tolist() == [1, 1, nan]
    assert bowl_scores(torch.zeros_like(cells), cells).tolist() == [0, 0, nan]
    assert bowl_scores(torch.ones_like(cells), cells).tolist() == [0, 1, 0]


def test_images_count_alike_where_pooled_counts_weigh_their_cells():
    labels = torch.tensor([[[1, 2, 3, 4, 5, 6]], [[1, 1, 1, 1, 1, 1]]])
    preds = labels.clone()
    preds[1] = 0
    assert bowl_scores(preds, labels).mean() == 0.5
    assert average_precision(instance_counts(preds, labels)).mean() == pytest.approx(6 / 7)
