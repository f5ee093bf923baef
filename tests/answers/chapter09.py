"""Right answers to the exercises of chapter 9 that other people would write."""

import numpy as np
from scipy.ndimage import distance_transform_edt
from scipy.special import log_softmax


def distances_by_loops(instances):
    ids = sorted(set(instances.ravel().tolist()) - {0})
    out = np.zeros((2, *instances.shape), np.float32)
    for place in np.ndindex(instances.shape):
        each = sorted(min(np.hypot(*np.subtract(place, q)) for q in np.argwhere(instances == i)) for i in ids)
        out[:, place[0], place[1]] = each[:2]
    return out


def distances_by_keeping_two(instances):
    first = np.full(instances.shape, np.inf)
    second = first.copy()
    for i in np.unique(instances[instances > 0]):
        d = distance_transform_edt(instances != i)
        second = np.minimum(second, np.maximum(first, d))
        first = np.minimum(first, d)
    return np.stack((first, second))


def border_by_mask(d_1, d_2, instances, *, w_0, sigma):
    return (instances == 0) * w_0 * np.exp(-0.5 * ((d_1 + d_2) / sigma) ** 2)


def border_by_loops(d_1, d_2, instances, *, w_0, sigma):
    out = np.zeros(instances.shape)
    for place in zip(*np.nonzero(instances == 0), strict=True):
        out[place] = w_0 / np.exp((d_1[place] + d_2[place]) ** 2 / 2 / sigma / sigma)
    return out.astype(np.float32)


def weights_by_counting(labels, num_classes, *, ignore_index):
    kept = [c for c in labels.ravel().tolist() if c != ignore_index]
    return np.array([len(kept) / len(set(kept)) / kept.count(c) if c in kept else 0 for c in range(num_classes)])


def weights_from_one_hot(labels, num_classes, *, ignore_index):
    kept = labels[labels != ignore_index]
    shares = (kept[:, None] == np.arange(num_classes)).sum(0)
    shares = shares / shares.sum()
    return np.divide(1 / np.count_nonzero(shares), shares, out=np.zeros(num_classes), where=shares > 0)


def loss_by_scipy(logits, labels, weights):
    picked = (np.eye(len(logits))[labels] * np.moveaxis(log_softmax(logits, axis=0), 0, -1)).sum(-1)
    return -np.mean(weights * picked)


def loss_by_loops(logits, labels, weights):
    total = 0.0
    for i, j in np.ndindex(labels.shape):
        total += weights[i, j] * np.logaddexp.reduce(logits[:, i, j] - logits[labels[i, j], i, j])
    return total / (labels.shape[0] * labels.shape[1])


def merged_by_dictionary(preds, labels):
    held = {}
    for cell in set(labels.ravel().tolist()) - {0}:
        for name in set(preds.ravel().tolist()) - {0}:
            if 2 * np.sum((preds == name) & (labels == cell)) > np.sum(labels == cell):
                held.setdefault(name, []).append(cell)
    return sum(len(cells) for cells in held.values() if len(cells) > 1)


def merged_by_table(preds, labels):
    table = np.zeros((preds.max() + 1, labels.max() + 1), int)
    np.add.at(table, (preds, labels), 1)
    held = (table > table.sum(axis=0) / 2)[1:, 1:].sum(axis=1)
    return held[held > 1].sum()


ALLOWED = {
    "9.1": (distances_by_loops,),
    "9.2": (border_by_mask, border_by_loops),
    "9.3": (weights_by_counting, weights_from_one_hot),
    "9.4": (loss_by_loops,),
    "9.5": (merged_by_dictionary, merged_by_table),
}

NOT_ALLOWED = {  # they use packages that the grader does not hold
    "9.1": (distances_by_keeping_two,),
    "9.4": (loss_by_scipy,),
}
