"""Right answers to the exercises of chapter 2 that other people would write."""

import numpy as np
from scipy.special import log_softmax, logsumexp


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


ALLOWED = {
    "2.1": (softmax_by_loops, softmax_by_differences, softmax_in_classes_last),
    "2.2": (cross_entropy_by_logaddexp,),
    "2.3": (gradient_by_jacobian, gradient_by_indexing),
    "2.4": (mean_iou_by_confusion, mean_iou_by_dice),
}

NOT_ALLOWED = {  # they use packages that the grader does not hold
    "2.2": (cross_entropy_by_gather, cross_entropy_by_one_hot),
    "2.3": (gradient_by_small_steps,),
}
