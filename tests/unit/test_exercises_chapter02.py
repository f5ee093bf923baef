"""Chapter 2: references against torch, autograd and sets of pixels, and right answers that other people would write."""

import numpy as np
import pytest
import torch
from scipy.special import log_softmax, logsumexp
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


# Right answers by other ways


def softmax_by_loops(logits):
    probs = np.zeros(logits.shape, dtype=np.float32)
    for i in range(logits.shape[1]):
        for j in range(logits.shape[2]):
            powers = [np.exp(a - max(logits[:, i, j])) for a in logits[:, i, j]]
            probs[:, i, j] = np.array(powers) / sum(powers)
    return probs


def softmax_by_differences(logits):
    with np.errstate(over="ignore"):
        return 1 / np.exp(logits[None] - logits[:, None]).sum(axis=1)


def softmax_in_classes_last(logits):
    scores = np.moveaxis(logits, 0, -1)
    scores = scores - np.amax(scores, axis=-1)[..., None]
    probs = np.exp(scores - np.log(np.exp(scores).sum(-1, keepdims=True)))
    return np.moveaxis(probs, -1, 0)


def cross_entropy_by_gather(logits, labels, *, ignore_index):
    counted = labels != ignore_index
    safe = np.where(counted, labels, 0)
    charges = logsumexp(logits, axis=0) - np.take_along_axis(logits, safe[None], axis=0)[0]
    return charges[counted].sum()


def cross_entropy_by_one_hot(logits, labels, ignore_index):
    y = np.arange(len(logits))[:, None, None] == np.where(labels == ignore_index, -999, labels)
    return -np.sum(y * log_softmax(logits, axis=0))


def cross_entropy_by_logaddexp(logits, labels, *, ignore_index):
    total = 0
    for i, j in zip(*np.nonzero(labels != ignore_index), strict=True):
        total += np.logaddexp.reduce(logits[:, i, j]) - logits[labels[i, j], i, j]
    return np.float32(total)


def gradient_by_jacobian(logits, labels):
    gradient = np.zeros(logits.shape)
    for i, j in np.ndindex(labels.shape):
        p = np.exp(logits[:, i, j]) / np.exp(logits[:, i, j]).sum()
        jacobian = np.diag(p) - np.outer(p, p)
        outer = np.zeros(len(p))
        outer[labels[i, j]] = -1 / p[labels[i, j]]
        gradient[:, i, j] = jacobian @ outer
    return gradient


def gradient_by_indexing(logits, labels):
    gradient = softmax_by_loops(logits)
    rows, columns = np.indices(labels.shape)
    gradient[labels, rows, columns] -= 1
    return gradient


def gradient_by_small_steps(logits, labels):
    gradient, step = np.zeros(logits.shape), 1e-5
    for index in np.ndindex(logits.shape):
        for sign in (1, -1):
            moved = logits.copy()
            moved[index] += sign * step
            gradient[index] += sign * cross_entropy_by_gather(moved, labels, ignore_index=-1) / (2 * step)
    return gradient


def mean_iou_by_confusion(preds, labels, *, num_classes):
    confusion = np.bincount((labels * num_classes + preds).ravel(), minlength=num_classes**2)
    confusion = confusion.reshape(num_classes, num_classes)
    overlap = np.diag(confusion)
    with np.errstate(invalid="ignore"):
        return np.nanmean(overlap / (confusion.sum(0) + confusion.sum(1) - overlap))


def mean_iou_by_dice(preds, labels, num_classes):
    there = np.union1d(preds, labels)
    dice = [2 * np.sum((preds == k) & (labels == k)) / (np.sum(preds == k) + np.sum(labels == k)) for k in there]
    return float(np.mean([d / (2 - d) for d in dice]))


@pytest.mark.parametrize(
    ("id", "answer"),
    [
        ("2.1", softmax_by_loops),
        ("2.1", softmax_by_differences),
        ("2.1", softmax_in_classes_last),
        ("2.2", cross_entropy_by_gather),
        ("2.2", cross_entropy_by_one_hot),
        ("2.2", cross_entropy_by_logaddexp),
        ("2.3", gradient_by_jacobian),
        ("2.3", gradient_by_indexing),
        ("2.3", gradient_by_small_steps),
        ("2.4", mean_iou_by_confusion),
        ("2.4", mean_iou_by_dice),
    ],
)
def test_another_right_way_earns_full_marks(id, answer):
    for seed in SEEDS:
        verdict = judge(get(id), answer, seed)
        assert verdict.earned == verdict.possible, [result.failure for result in verdict.results]


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
