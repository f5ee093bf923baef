"""Mistakes in the exercises of chapter 2, written as a learner would and not as the declarations do."""

import numpy as np
from answers.chapter02 import gradient_by_jacobian
from scipy.special import log_softmax


def ignored_pixels_gathered(logits, labels, *, ignore_index):
    return -np.take_along_axis(log_softmax(logits, axis=0), labels[None], axis=0).sum()


def mean_iou_with_epsilon(preds, labels, *, num_classes):
    ious = []
    for k in range(num_classes):
        overlap, union = np.sum((preds == k) & (labels == k)), np.sum((preds == k) | (labels == k))
        ious.append((overlap + 1e-9) / (union + 1e-9))
    return np.mean(ious)


def softmax_by_one_sum(logits):
    powers = np.exp(logits - logits.max(axis=0))
    return powers / np.sum(powers)


def one_hot(logits, labels):
    return np.eye(len(logits))[labels].transpose(2, 0, 1)


def gradient_of_probabilities_in_a_loop(logits, labels):
    powers = np.exp(logits - logits.max(axis=0))
    probs, gradient = powers / powers.sum(axis=0), np.zeros(logits.shape)
    for y, x in np.ndindex(labels.shape):
        gradient[labels[y, x], y, x] = -1 / probs[labels[y, x], y, x]
    return gradient


def mean_iou_of(classes, area):
    def answer(preds, labels, *, num_classes):
        shares = []
        for k in range(num_classes):
            if (classes(preds, labels) == k).any():
                shares.append(((preds == k) & (labels == k)).sum() / (area(preds, labels) == k).sum())
        return np.mean(shares)

    return answer


def entropy_masked_at_the_end(logits, labels, *, ignore_index):
    top = logits.max(0)
    log_probs = logits - top - np.log(np.exp(logits - top).sum(0))
    rows, columns = np.indices(labels.shape)
    return -(log_probs[labels, rows, columns] * (labels != ignore_index)).sum()


def mean_iou_of_all_pixels(preds, labels, *, num_classes):
    overlaps = [((preds == k) & (labels == k)).sum() for k in range(num_classes)]
    unions = [((preds == k) | (labels == k)).sum() for k in range(num_classes)]
    return sum(overlaps) / sum(unions)


MISTAKES = [  # exercise, answer, the misconception that it is
    ("2.1", lambda logits: np.exp(logits) / np.exp(logits).sum(0, keepdims=True), "no maximum taken out"),
    ("2.1", lambda logits: 1 / (1 + np.exp(-logits)), "each class alone"),
    ("2.2", ignored_pixels_gathered, "ignored pixels counted"),
    (
        "2.3",
        lambda logits, labels: gradient_by_jacobian(logits, labels) / labels.size,
        "divided by the number of pixels",
    ),
    ("2.3", lambda logits, labels: np.exp(logits) / np.exp(logits).sum(0), "probabilities alone"),
    ("2.4", mean_iou_with_epsilon, "absent class counts 1"),
    ("2.4", lambda preds, labels, *, num_classes: np.mean(preds == labels), "accuracy"),
    ("2.1", softmax_by_one_sum, "over the whole image"),
    ("2.3", gradient_of_probabilities_in_a_loop, "with respect to the probabilities"),
    (
        "2.3",
        lambda logits, labels: -(one_hot(logits, labels) / (np.exp(logits) / np.exp(logits).sum(axis=0))),
        "with respect to the probabilities",
    ),
    ("2.4", mean_iou_of(lambda preds, labels: labels, lambda preds, labels: labels), "recall"),
    ("2.4", mean_iou_of(lambda preds, labels: preds, lambda preds, labels: preds), "precision"),
    ("2.2", entropy_masked_at_the_end, "left out too late"),
    ("2.4", mean_iou_of_all_pixels, "pooled"),
]
