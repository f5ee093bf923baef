"""Chapter 9: for every clause of a prompt, an answer that is right but for that clause, and the group that shows it."""

# ruff: noqa: C416 (an answer is written as its author would)

import numpy as np
from scipy import ndimage

from segbook.exercises import get

nearest, border, class_weights, loss, merged, curve = (
    get(id).solution for id in ("9.1", "9.2", "9.3", "9.4", "9.5", "9.6")
)


def nearest_by(distance):
    def answer(instances):
        each = [distance(instances == cell) for cell in np.unique(instances[instances > 0])]
        return np.sort(each, axis=0)[:2]

    return answer


def to_box(mask):
    y, x = np.nonzero(mask)
    box = np.zeros_like(mask)
    box[y.min() : y.max() + 1, x.min() : x.max() + 1] = True
    return ndimage.distance_transform_edt(~box)


def nearest_without_first_id(instances):
    each = [ndimage.distance_transform_edt(instances != cell) for cell in np.unique(instances)[1:]]
    each += [np.full(instances.shape, 99.0)] * (2 - len(each))
    return np.sort(each, axis=0)[:2]


def nearest_without_own(instances):
    each = [
        np.where(instances == cell, 99.0, ndimage.distance_transform_edt(instances != cell))
        for cell in np.unique(instances[instances > 0])
    ]
    return np.sort(each, axis=0)[:2]


def first_two(instances):
    each = [ndimage.distance_transform_edt(instances != cell) for cell in np.unique(instances[instances > 0])]
    return np.sort(each[:2], axis=0)


def weights_by(kept, of=lambda n, k, counts: n / k):
    def answer(labels, num_classes, *, ignore_index):
        counted = labels[kept(labels, num_classes, ignore_index)]
        counts = np.bincount(counted.ravel(), minlength=num_classes)[:num_classes]
        return np.where(counts > 0, of(counted.size, (counts > 0).sum(), counts) / np.maximum(counts, 1), 0.0)

    return answer


def loss_by(change, over=lambda weights: weights.size):
    def answer(logits, labels, weights):
        powers = np.exp(logits - logits.max(axis=0))
        p = np.take_along_axis(powers / powers.sum(axis=0), labels[None], 0)[0]
        return float((weights * -np.log(change(p))).sum() / over(weights))

    return answer


def merged_by(holder):
    def answer(preds, labels):
        holders = [holder(preds, labels == cell) for cell in np.unique(labels[labels > 0])]
        holders = [object for object in holders if object]
        return sum(holders.count(object) for object in set(holders) if holders.count(object) > 1)

    return answer


def holder_with(share, strict=True):
    def holder(preds, cell):
        ids, counts = np.unique(preds[cell & (preds > 0)], return_counts=True)
        held = ids[counts > share * cell.sum()] if strict else ids[counts >= share * cell.sum()]
        return int(held[0]) if held.size else 0

    return holder


def plurality(preds, cell):
    ids, counts = np.unique(preds[cell & (preds > 0)], return_counts=True)
    return int(ids[counts.argmax()]) if ids.size else 0


def of_covered(preds, cell):
    ids, counts = np.unique(preds[cell & (preds > 0)], return_counts=True)
    return int(ids[counts.argmax()]) if ids.size and counts.max() > counts.sum() / 2 else 0


def mode_with_background(preds, cell):
    ids, counts = np.unique(preds[cell], return_counts=True)
    return int(ids[counts.argmax()])


def at_the_middle(preds, cell):
    y, x = np.argwhere(cell).mean(axis=0).round().astype(int)
    return int(preds[y, x])


def background_holds(preds, cell):
    ids, counts = np.unique(preds[cell], return_counts=True)
    return int(ids[counts.argmax()]) + 1 if counts.max() > cell.sum() / 2 else 0


def merged_in_pieces(preds, labels):
    """Takes connected pieces of the prediction for its objects."""
    return merged(ndimage.label(preds)[0], labels)


def merged_pieces_of_truth(preds, labels):
    return merged(preds, ndimage.label(labels)[0])


def curve_by(overlap=lambda both, p, t: both / (p + t - both), hit=np.greater, score=None):
    def answer(preds, labels, *, thresholds):
        objects, cells = set(preds.flat) - {0}, set(labels.flat) - {0}
        table = [
            overlap(((preds == p) & (labels == t)).sum(), (preds == p).sum(), (labels == t).sum())
            for p in objects
            for t in cells
        ]
        found = [int(hit(np.array(table), threshold).sum()) for threshold in thresholds]
        return np.array([(score or (lambda h, o, c: h / (o + c - h)))(h, len(objects), len(cells)) for h in found])

    return answer


def curve_of_equal_ids(preds, labels, *, thresholds):
    ids = (set(preds.flat) | set(labels.flat)) - {0}
    ious = [((preds == k) & (labels == k)).sum() / ((preds == k) | (labels == k)).sum() for k in ids]
    hits = np.array([sum(iou > threshold for iou in ious) for threshold in thresholds])
    return hits / (len(set(preds.flat) - {0}) + len(set(labels.flat) - {0}) - hits)


def curve_of_pieces(preds, labels, *, thresholds):
    return curve(ndimage.label(preds)[0], ndimage.label(labels)[0], thresholds=thresholds)


CLAUSES = {
    "9.1": [
        ("the Euclidean distance to the nearest cell", "single pixels", nearest_by(lambda mask: ndimage.distance_transform_cdt(~mask, "chessboard").astype(float))),
        ("the Euclidean distance to the nearest cell", "single pixels", nearest_by(lambda mask: ndimage.distance_transform_cdt(~mask, "taxicab").astype(float))),
        ("the second nearest cell", "blocks", first_two),
        ("that to the nearest of its pixels", "blocks", nearest_by(to_box)),
        ("that to the nearest of its pixels", "touching", nearest_by(to_box)),
        ("measured between pixel centres", "single pixels", lambda instances: np.maximum(nearest(instances) - 0.5, 0)),
        ("on the cell itself it is 0", "blocks", nearest_without_own),
        ("All pixels with one id are one cell, even if they lie in several pieces", "two pieces", lambda instances: nearest(ndimage.label(instances)[0])),
        ("or touch another cell", "touching", lambda instances: nearest(ndimage.label(instances)[0]) if ndimage.label(instances)[1] > 1 else nearest(instances)),
        ("ids with 0 for background", "touching", nearest_without_first_id),
        ("ids with 0 for background", "blocks", lambda instances: nearest(instances.astype(np.uint8))),
        ("at least two cells", "blocks", lambda instances: np.sort([ndimage.distance_transform_edt(instances != c) for c in np.unique(instances[instances > 0])], axis=0)[[0, 2]] if len(np.unique(instances)) > 3 else nearest(instances)),
    ],
    "9.2": [
        ("$w_0 \\exp(-(d_1 + d_2)^2 / (2\\sigma^2))$", "background", lambda d_1, d_2, instances, *, w_0, sigma: border(d_1, d_2, instances, w_0=10.0, sigma=sigma)),
        ("$w_0 \\exp(-(d_1 + d_2)^2 / (2\\sigma^2))$", "background", lambda d_1, d_2, instances, *, w_0, sigma: border(d_1, d_2, instances, w_0=w_0, sigma=int(sigma))),
        ("$w_0 \\exp(-(d_1 + d_2)^2 / (2\\sigma^2))$", "background", lambda d_1, d_2, instances, *, w_0, sigma: border(d_1, d_2, instances, w_0=int(w_0), sigma=sigma)),
        ("it is for background only", "with cells", lambda d_1, d_2, instances, **options: border(d_1, d_2, np.zeros_like(instances), **options)),
        ("on cells it is 0", "with cells", lambda d_1, d_2, instances, **options: border(d_1, d_2, instances == instances.max(), **options) if instances.any() else border(d_1, d_2, instances, **options)),
        ("on cells it is 0", "with cells", lambda d_1, d_2, instances, **options: border(d_1, d_2, (instances > 0) & (instances < 256), **options)),
        ("$d_2$ is infinite, and there is no ridge", "one cell or two", lambda d_1, d_2, instances, **options: border(d_1, np.where(np.isinf(d_2), d_1, d_2), instances, **options)),
        ("$d_2$ is infinite, and there is no ridge", "one cell or two", lambda d_1, d_2, instances, **options: border(d_1, d_2, instances, **options) * np.where(np.isinf(d_2), np.nan, 1)),
        ("return the term, in the same shape", "background", lambda d_1, d_2, instances, **options: np.zeros_like(d_1) if len(np.unique(instances)) < 3 else border(d_1, d_2, instances, **options)),
    ],
    "9.3": [
        ("$w_c = n / (m\\,n_c)$", "two classes", weights_by(lambda labels, n, ignore: labels != ignore, lambda n, k, counts: n)),
        ("$n$ pixels count in all", "ignored", weights_by(lambda labels, n, ignore: labels != ignore, lambda n, k, counts: (n + 1) / k)),
        ("the number of classes *that occur*", "absent", weights_by(lambda labels, n, ignore: labels != ignore, lambda n, k, counts: n / len(counts))),
        ("Pixels labelled `ignore_index` do not count", "ignored", weights_by(lambda labels, n, ignore: (labels >= 0) & (labels < n))),
        ("Pixels labelled `ignore_index` do not count", "ignored", weights_by(lambda labels, n, ignore: labels != 255)),
        ("Pixels labelled `ignore_index` do not count", "ignored", weights_by(lambda labels, n, ignore: labels >= 0)),
        ("a class that does not occur gets the weight 0", "absent", lambda labels, num_classes, *, ignore_index: np.where((w := class_weights(labels, num_classes, ignore_index=ignore_index)) > 0, w, 1.0)),
        ("a class that does not occur gets the weight 0", "absent", lambda labels, num_classes, *, ignore_index: class_weights(labels, int(labels[labels != ignore_index].max()) + 1, ignore_index=ignore_index)),
        ("`labels` of any shape", "many classes", lambda labels, num_classes, *, ignore_index: class_weights(labels[0], num_classes, ignore_index=ignore_index)),
        ("`labels` of any shape", "two classes", lambda labels, num_classes, *, ignore_index: class_weights(np.array([[v for v in row] for row in labels]), num_classes, ignore_index=ignore_index) * (labels.shape[0] * labels.shape[1] / labels.size)),
        ("of shape `(num_classes,)`", "absent", lambda labels, num_classes, *, ignore_index: (w := class_weights(labels, num_classes, ignore_index=ignore_index))[w > 0]),
    ],
    "9.4": [
        ("the negative logarithm of the softmax probability of its true class", "weights of 1", lambda logits, labels, weights: loss(logits, np.zeros_like(labels), weights)),
        ("Multiply each charge by the pixel's weight", "weights", lambda logits, labels, weights: loss(logits * weights, labels, np.ones_like(weights))),
        ("Multiply each charge by the pixel's weight", "weights", lambda logits, labels, weights: loss(logits, labels, np.ones_like(weights)) * weights.mean()),
        ("divide by the **number of pixels**", "weights", loss_by(lambda p: p, lambda weights: weights.sum())),
        ("divide by the **number of pixels**", "weights", lambda logits, labels, weights: loss(logits, labels, weights) * weights.size / max((weights > 0).sum(), 1)),
        ("divide by the **number of pixels**", "weights", lambda logits, labels, weights: loss(logits, labels, weights) * labels.shape[1] / labels.shape[0]),
        ("Logits may be as large as 2000", "large logits", loss_by(lambda p: p + 1e-12)),
        ("Logits may be as large as 2000", "large logits", loss_by(lambda p: np.clip(p, 1e-7, 1))),
        ("Logits may be as large as 2000", "large logits", lambda logits, labels, weights: loss(np.minimum(logits, 1000), labels, weights)),
        ("the result must not be `nan`", "large logits", loss_by(lambda p: p)),
        ("the result must not be `nan`", "large logits", lambda logits, labels, weights: float((weights * (np.log(np.exp(logits).sum(0)) - np.take_along_axis(logits, labels[None], 0)[0])).mean())),
        ("the result must not be `nan`", "large logits", lambda logits, labels, weights: loss(logits - logits.mean(axis=0), labels, weights) if (np.ptp(logits, axis=0) < 700).all() else float("nan")),
    ],
    "9.5": [
        ("covers more than half of the cell's pixels", "a touch", merged_by(holder_with(0.5, strict=False))),
        ("covers more than half of the cell's pixels", "a touch", merged_by(plurality)),
        ("covers more than half of the cell's pixels", "a touch", merged_by(of_covered)),
        ("covers more than half of the cell's pixels", "a touch", merged_by(mode_with_background)),
        ("covers more than half of the cell's pixels", "a touch", merged_by(at_the_middle)),
        ("covers more than half of the cell's pixels", "a touch", merged_by(holder_with(0))),
        ("holds two or more cells", "clumps", lambda preds, labels: merged_by(holder_with(0.5))(preds, labels) if len(np.unique(labels)) < 4 else min(merged(preds, labels), 3)),
        ("each of those cells counts", "two cells", lambda preds, labels: merged(preds, labels) // 2),
        ("three cells in one object are three merged cells", "clumps", lambda preds, labels: 2 * (merged(preds, labels) // 2)),
        ("The ids of prediction and truth have nothing to do with each other", "two cells", lambda preds, labels: merged(np.where(preds == labels, 0, preds), labels)),
        ("0 is background in both", "a touch", merged_by(background_holds)),
        ("0 is background in both", "two cells", lambda preds, labels: merged(preds, np.where(labels == labels.min(), 0, labels))),
        ("A predicted object", "clumps", merged_in_pieces),
        ("a true cell", "clumps", merged_pieces_of_truth),
        ("ids of shape `(H, W)`", "two cells", lambda preds, labels: merged(preds.astype(np.uint8), labels.astype(np.uint8))),
        ("return the number of merged cells", "two cells", lambda preds, labels: 2),
    ],
    "9.6": [
        ("how much overlap you demand", "curve", curve_by(hit=lambda table, t: table > 0)),
        ("if their IoU is larger than $t$", "at the threshold", curve_by(hit=np.greater_equal)),
        ("if their IoU is larger than $t$", "curve", lambda preds, labels, *, thresholds: curve(preds, labels, thresholds=np.full_like(thresholds, thresholds[0]))),
        ("the number of pixels that both cover", "one pair", curve_by(lambda both, p, t: 2 * both / (p + t))),
        ("divided by the number of pixels that at least one covers", "one pair", curve_by(lambda both, p, t: both / t)),
        ("divided by the number of pixels that at least one covers", "one pair", curve_by(lambda both, p, t: both / p)),
        ("divided by the number of pixels that at least one covers", "curve", curve_by(lambda both, p, t: both / max(p, t))),
        ("No threshold is below 0.5", "curve", lambda preds, labels, *, thresholds: curve(preds, labels, thresholds=np.maximum(thresholds, 0.6))),
        ("An object that hits nothing is a false alarm", "misses", curve_by(score=lambda h, o, c: h / c)),
        ("a cell that nothing hits is a miss", "misses", curve_by(score=lambda h, o, c: h / max(o, 1))),
        ("divided by the sum of hits, false alarms and misses", "curve", curve_by(score=lambda h, o, c: h / (o + c))),
        ("divided by the sum of hits, false alarms and misses", "curve", curve_by(score=lambda h, o, c: 2 * h / (o + c))),
        ("return the average precision at each threshold", "one pair", lambda preds, labels, *, thresholds: np.array(curve(preds, labels, thresholds=thresholds).mean())),
        ("the array `thresholds`", "at the threshold", lambda preds, labels, *, thresholds: curve(preds, labels, thresholds=np.sort(thresholds))),
        ("Ids need not be 1, 2, 3", "curve", lambda preds, labels, *, thresholds: curve(preds.astype(np.uint8), labels.astype(np.uint8), thresholds=thresholds)),
        ("nothing to do with each other", "one pair", curve_of_equal_ids),
        ("with 0 for background in both", "one pair", lambda preds, labels, *, thresholds: curve(np.where(preds == preds.min(), 0, preds), labels, thresholds=thresholds)),
        ("with 0 for background in both", "one pair", lambda preds, labels, *, thresholds: curve(preds, np.where(labels == labels.min(), 0, labels), thresholds=thresholds)),
        ("a predicted object", "curve", curve_of_pieces),
        ("objects may be missing altogether", "misses", lambda preds, labels, *, thresholds: curve(preds, labels, thresholds=thresholds) if preds.any() else np.full(len(thresholds), np.nan)),
        ("There is at least one true cell", "misses", lambda preds, labels, *, thresholds: curve(preds, labels, thresholds=thresholds) if preds.any() else np.zeros(0)),
    ],
}  # fmt: skip
