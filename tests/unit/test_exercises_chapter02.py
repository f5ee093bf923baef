"""Chapter 2: references against torch, autograd and sets of pixels, and mistakes written as learners would."""

import numpy as np
import pytest
import torch
from answers.chapter02 import gradient_by_jacobian
from scipy.special import log_softmax
from torch.nn import functional as F

from segbook.exercises import get, judge

SEEDS = range(10)


def cases(id):
    return [case for seed in SEEDS for case in get(id).draw(seed)]


def as_batch(values):
    return torch.from_numpy(np.asarray(values))[None]


def test_the_softmax_reference_matches_torch():
    for case in cases("2.1"):
        np.testing.assert_allclose(get("2.1").reference(*case.args), as_batch(*case.args).softmax(1)[0], atol=1e-12)


def test_the_cross_entropy_reference_matches_torch():
    for case in cases("2.2"):
        logits, labels = map(as_batch, case.args)
        expected = F.cross_entropy(logits, labels, reduction="sum", **case.options)
        assert get("2.2").reference(*case.args, **case.options) == pytest.approx(expected.item(), abs=1e-12)


def test_the_gradient_reference_matches_autograd():
    for case in cases("2.3"):
        logits, labels = map(as_batch, case.args)
        logits.requires_grad_()
        F.cross_entropy(logits, labels, reduction="sum").backward()
        np.testing.assert_allclose(get("2.3").reference(*case.args), logits.grad[0], atol=1e-12)


def test_the_mean_iou_reference_matches_sets_of_pixels():
    for case in cases("2.4"):
        preds, labels = (values.ravel().tolist() for values in case.args)
        ious = []
        for k in range(case.options["num_classes"]):
            mine, true = ({i for i, c in enumerate(classes) if c == k} for classes in (preds, labels))
            if mine | true:
                ious.append(len(mine & true) / len(mine | true))
        assert get("2.4").reference(*case.args, **case.options) == pytest.approx(sum(ious) / len(ious))


@pytest.mark.parametrize("id", ["2.2", "2.4"])
def test_labels_are_whole_numbers_in_rows_and_columns(id):
    for case in cases(id):
        assert case.args[1].dtype.kind == "i"
        assert case.args[1].ndim == 2


# Mistakes written as a learner would, not as the declaration does


def ignored_pixels_gathered(logits, labels, *, ignore_index):
    return -np.take_along_axis(log_softmax(logits, axis=0), labels[None], axis=0).sum()


def mean_iou_with_epsilon(preds, labels, *, num_classes):
    ious = []
    for k in range(num_classes):
        overlap, union = np.sum((preds == k) & (labels == k)), np.sum((preds == k) | (labels == k))
        ious.append((overlap + 1e-9) / (union + 1e-9))
    return np.mean(ious)


@pytest.mark.parametrize(
    ("id", "answer", "name"),
    [
        ("2.1", lambda logits: np.exp(logits) / np.exp(logits).sum(0, keepdims=True), "no maximum taken out"),
        ("2.1", lambda logits: 1 / (1 + np.exp(-logits)), "each class alone"),
        ("2.2", ignored_pixels_gathered, "ignored pixels counted"),
        ("2.3", lambda logits, labels: gradient_by_jacobian(logits, labels) / labels.size, "divided by the number"),
        ("2.3", lambda logits, labels: np.exp(logits) / np.exp(logits).sum(0), "probabilities alone"),
        ("2.4", mean_iou_with_epsilon, "absent class counts 1"),
        ("2.4", lambda preds, labels, *, num_classes: np.mean(preds == labels), "accuracy"),
    ],
)
def test_a_mistake_is_recognised_however_it_is_written(id, answer, name):
    assert judge(get(id), answer, seed=3).misconception.name.startswith(name)
