"""Chapter 2: for every clause of a prompt, an answer that is right but for that clause, and the group that shows it."""

import numpy as np

from segbook.exercises import get

softmax, entropy, gradient = (get(id).solution for id in ("2.1", "2.2", "2.3"))


def softmax_less(shift):
    def answer(logits):
        powers = np.exp(logits - shift(logits))
        return powers / powers.sum(axis=0)

    return answer


def entropy_of_pixels(loss_of_pixel, counted=lambda labels, ignore: labels != ignore):
    def answer(logits, labels, *, ignore_index):
        kept = counted(labels, ignore_index)
        return float(
            sum(loss_of_pixel(logits[:, row, column], labels[row, column]) for row, column in np.argwhere(kept))
        )

    return answer


def loss_of_pixel(a, label):
    shifted = a - a.max()
    return np.log(np.exp(shifted).sum()) - shifted[label]


def loss_from_probability(change):
    def answer(a, label):
        powers = np.exp(a - a.max())
        return -np.log(change(powers[label] / powers.sum()))

    return answer


def entropy_as_mean_times_count(logits, labels, *, ignore_index):
    kept = labels != ignore_index
    losses = [loss_of_pixel(logits[:, row, column], labels[row, column]) for row, column in np.argwhere(kept)]
    return float(np.mean(losses) * kept.sum())


def gradient_without_shift_of_axes(logits, labels):
    truth = np.eye(len(logits))[labels].transpose(2, 1, 0)  # height and width exchanged
    return softmax(logits) - truth


def iou_over(kept, ratio=lambda overlap, p, t: overlap / (p + t - overlap)):
    def answer(preds, labels, *, num_classes):
        scores = []
        for k in range(num_classes):
            p, t = (preds == k).sum(), (labels == k).sum()
            if kept(k, p, t, preds, labels):
                scores.append(ratio(((preds == k) & (labels == k)).sum(), p, t))
        return float(np.mean(scores))

    return answer


def iou_without_zeros(preds, labels, *, num_classes):
    scores = []
    for k in range(num_classes):
        overlap = ((preds == k) & (labels == k)).sum()
        if overlap:
            scores.append(overlap / ((preds == k) | (labels == k)).sum())
    return float(np.mean(scores))


CLAUSES = {
    "2.1": [
        ("At every pixel the probabilities of the classes add up to 1", "small", lambda logits: np.exp(-np.logaddexp(0, -logits))),
        ("Each pixel is computed by itself", "small", lambda logits: softmax(logits.reshape(-1, 1, 1)).reshape(logits.shape)),
        ("Each pixel is computed by itself", "spread", softmax_less(lambda logits: logits.max())),
        ("as large as 2000 and as low as −2000", "large", softmax_less(lambda logits: 0)),
        ("as large as 2000 and as low as −2000", "spread", softmax_less(lambda logits: logits.mean(axis=0))),
        ("as large as 2000 and as low as −2000", "spread", softmax_less(lambda logits: logits.min(axis=0))),
        ("as large as 2000 and as low as −2000", "spread", softmax_less(lambda logits: logits[0])),
        ("as large as 2000 and as low as −2000", "spread", softmax_less(lambda logits: np.maximum(logits.max(axis=0), 0))),
        ("as large as 2000 and as low as −2000", "spread", lambda logits: softmax(np.clip(logits, -700, 700))),
        ("as large as 2000 and as low as −2000", "spread", lambda logits: np.nan_to_num(softmax_less(lambda a: 0)(logits))),
        ("of shape `(K, H, W)`", "small", lambda logits: softmax(logits.swapaxes(0, 2)).swapaxes(0, 2)),
    ],
    "2.2": [
        ("the loss of the image is the sum over its pixels", "all count", lambda logits, labels, *, ignore_index: entropy(logits, labels, ignore_index=ignore_index) / max((labels != ignore_index).sum(), 1)),
        ("Pixels whose label is `ignore_index` add nothing", "ignored", entropy_of_pixels(loss_of_pixel, lambda labels, ignore: labels != -999)),
        ("Pixels whose label is `ignore_index` add nothing", "ignored", entropy_as_mean_times_count),
        ("it may be 255, −1, or one of the classes", "ignored", entropy_of_pixels(loss_of_pixel, lambda labels, ignore: labels != 255)),
        ("it may be 255, −1, or one of the classes", "ignored", entropy_of_pixels(loss_of_pixel, lambda labels, ignore: (labels >= 0) & (labels != 255))),
        ("it may be 255, −1, or one of the classes", "ignored", entropy_of_pixels(loss_of_pixel, lambda labels, ignore: (labels >= 0) & (labels != 255) & ((labels > 0) | (ignore != 0)))),
        ("whatever number that is", "ignored", entropy_of_pixels(loss_of_pixel, lambda labels, ignore: (labels != ignore) if ignore in (255, -1) else (labels != 0))),
        ("The logit of a true class may lie 2000 below another", "far behind", entropy_of_pixels(loss_from_probability(lambda p: p + 1e-12))),
        ("The logit of a true class may lie 2000 below another", "far behind", entropy_of_pixels(loss_from_probability(lambda p: max(p, 1e-300)))),
        ("the loss of the pixel is then 2000 and not infinite", "far behind", entropy_of_pixels(loss_from_probability(lambda p: p))),
        ("the loss of the pixel is then 2000 and not infinite", "far behind", entropy_of_pixels(lambda a, label: np.log(np.exp(a).sum()) - a[label])),
        ("the loss of the pixel is then 2000 and not infinite", "far behind", entropy_of_pixels(lambda a, label: np.log(np.exp(a - a.mean()).sum()) - (a - a.mean())[label])),
        ("the loss of the pixel is then 2000 and not infinite", "far behind", entropy_of_pixels(lambda a, label: loss_of_pixel(np.clip(a, -1500, 1500), label))),
    ],
    "2.3": [
        ("the sum of", "image", lambda logits, labels: gradient(logits, labels) / labels.size),
        ("A logit moves the probabilities of all classes of its pixel", "one pixel", lambda logits, labels: gradient(logits, labels) * (np.arange(len(logits))[:, None, None] == labels)),
        ("the softmax of its logits", "image", lambda logits, labels: softmax(logits.reshape(-1, 1, 1)).reshape(logits.shape) - (np.arange(len(logits))[:, None, None] == labels)),
        ("`labels` of shape `(H, W)`", "image", gradient_without_shift_of_axes),
        ("$l$ is a pixel's true class", "one pixel", lambda logits, labels: gradient(logits, np.full_like(labels, logits.shape[0] - 1))),
        ("with respect to every logit", "one pixel", lambda logits, labels: -gradient(logits, labels)),
    ],
    "2.4": [
        ("divided by the number of pixels that at least one of them gives to it", "all classes", iou_over(lambda k, p, t, *_: p + t, lambda o, p, t: 2 * o / (p + t))),
        ("Average it over the classes", "all classes", lambda preds, labels, *, num_classes: float(((preds == labels) & (labels > 0)).sum() / ((preds > 0) | (labels > 0)).sum())),
        ("$0 \\dots$ `num_classes` $- 1$", "all classes", iou_over(lambda k, p, t, *_: k and p + t)),
        ("leave out any class that is in neither map", "absent class", iou_over(lambda *_: True, lambda o, p, t: o / max(p + t - o, 1))),
        ("leave out any class that is in neither map", "absent class", iou_over(lambda *_: True, lambda o, p, t: o / (p + t - o) if p + t else 1.0)),
        ("leave out any class that is in neither map", "absent class", iou_over(lambda k, p, t, preds, labels: k <= max(preds.max(), labels.max()), lambda o, p, t: o / max(p + t - o, 1))),
        ("A class that is predicted and nowhere true has IoU 0, and counts", "false alarm", iou_over(lambda k, p, t, *_: t)),
        ("A class that is predicted and nowhere true has IoU 0, and counts", "false alarm", iou_over(lambda k, p, t, preds, labels: k <= labels.max() and p + t)),
        ("that at least one of them gives to it", "false alarm", iou_over(lambda k, p, t, *_: p)),
        ("that at least one of them gives to it", "false alarm", iou_over(lambda k, p, t, preds, labels: k <= preds.max() and p + t)),
        ("A class that is predicted and nowhere true has IoU 0, and counts", "false alarm", iou_without_zeros),
    ],
}  # fmt: skip
