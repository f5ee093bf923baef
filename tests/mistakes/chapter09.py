"""Mistakes in the exercises of chapter 9, written as a learner would and not as the declarations do."""

import numpy as np
from scipy.ndimage import distance_transform_edt, label


def distance_to(mask):
    return distance_transform_edt(~mask)


def nearest_two(masks):
    return np.sort([distance_to(mask) for mask in masks], axis=0)[:2]


def pieces_of_each_id(instances):
    masks = []
    for number in np.unique(instances[instances > 0]):
        pieces, count = label(instances == number)
        masks += [pieces == piece for piece in range(1, count + 1)]
    return nearest_two(masks)


def all_numbers(instances):
    y, x = np.indices(instances.shape)
    each = []
    for number in range(1, instances.max() + 1):
        points = np.argwhere(instances == number)
        steps = np.stack([y, x], axis=-1)[:, :, None] - points
        each.append(np.linalg.norm(steps, axis=-1).min(axis=-1))
    return np.sort(each, axis=0)[:2]


def half_holds(preds, labels):
    held = {}
    for cell in np.unique(labels):
        for found in np.unique(preds[labels == cell]):
            if cell and found and (preds[labels == cell] == found).mean() >= 0.5:
                held.setdefault(found, set()).add(cell)
    return sum(len(cells) for cells in held.values() if len(cells) > 1)


def counts_every_class(labels, num_classes, *, ignore_index):
    counts = np.array([(labels == c).sum() for c in range(num_classes)])
    weights = np.zeros(num_classes)
    weights[counts > 0] = counts.sum() / ((counts > 0).sum() * counts[counts > 0])
    return weights


def each_id_in_order(instances):
    return np.stack([distance_to(instances == number) for number in sorted({*instances.ravel().tolist()} - {0})][:2])


def sorted_without_an_axis(instances):
    maps = np.array([distance_to(instances == number) for number in np.unique(instances) if number])
    maps.sort()
    return maps[:2]


def background_measured(instances):
    return nearest_two([instances == number for number in np.unique(instances)])


def objects_but_the_first(preds, labels):
    merged = 0
    for found in np.unique(preds)[1:]:
        held = [cell for cell in np.unique(labels) if cell and (preds[labels == cell] == found).mean() > 0.5]
        merged += len(held) if len(held) > 1 else 0
    return merged


def cells_but_the_first(preds, labels):
    holders = []
    for cell in np.unique(labels)[1:]:
        ids, counts = np.unique(preds[labels == cell], return_counts=True)
        if counts.max() > counts.sum() / 2 and ids[counts.argmax()]:
            holders.append(ids[counts.argmax()])
    return sum(holders.count(found) > 1 for found in holders)


MISTAKES = [  # exercise, answer, the misconception that it is
    ("9.1", pieces_of_each_id, "pieces for cells"),
    ("9.1", all_numbers, "every number up to the largest id"),
    (
        "9.2",
        lambda d_1, d_2, ids, *, w_0, sigma: (ids == 0) * w_0 * np.exp(-((d_1 + d_2) ** 2) / 2 * sigma**2),
        "times σ²",
    ),
    (
        "9.2",
        lambda d_1, d_2, ids, *, w_0, sigma: (ids == 0) * w_0 * np.exp((-(d_1 + d_2)) ** 2 / (2 * sigma**2)),
        "sign of the exponent",
    ),
    ("9.3", counts_every_class, "a class is never ignored"),
    ("9.1", each_id_in_order, "not sorted"),
    ("9.1", sorted_without_an_axis, "sorted along a row"),
    ("9.1", background_measured, "background taken for a cell"),
    ("9.5", half_holds, "half is enough"),
    ("9.5", objects_but_the_first, "smallest number taken as background"),
    ("9.5", cells_but_the_first, "smallest number taken as background"),
]
