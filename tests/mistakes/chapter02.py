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
]
