"""Chapter 2: references against torch, autograd and sets of pixels."""

import numpy as np
import pytest
import torch
from answering import drawn
from torch.nn import functional as F


def as_batch(values):
    return torch.from_numpy(np.asarray(values))[None]


def test_the_softmax_reference_matches_torch():
    for (logits,), _, probs in drawn("2.1"):
        np.testing.assert_allclose(probs, as_batch(logits).softmax(1)[0], atol=1e-12)


def test_the_cross_entropy_reference_matches_torch():
    for args, options, loss in drawn("2.2"):
        logits, labels = map(as_batch, args)
        expected = F.cross_entropy(logits, labels, reduction="sum", **options)
        assert loss == pytest.approx(expected.item(), abs=1e-12)


def test_the_gradient_reference_matches_autograd():
    for args, _, gradient in drawn("2.3"):
        logits, labels = map(as_batch, args)
        logits.requires_grad_()
        F.cross_entropy(logits, labels, reduction="sum").backward()
        np.testing.assert_allclose(gradient, logits.grad[0], atol=1e-12)


def test_the_mean_iou_reference_matches_sets_of_pixels():
    for args, options, score in drawn("2.4"):
        preds, labels = (values.ravel().tolist() for values in args)
        ious = []
        for k in range(options["num_classes"]):
            mine, true = ({i for i, c in enumerate(classes) if c == k} for classes in (preds, labels))
            if mine | true:
                ious.append(len(mine & true) / len(mine | true))
        assert score == pytest.approx(sum(ious) / len(ious))


@pytest.mark.parametrize("id", ["2.2", "2.4"])
def test_labels_are_whole_numbers_in_rows_and_columns(id):
    for (_, labels), _, _ in drawn(id):
        assert labels.dtype.kind == "i"
        assert labels.ndim == 2
