"""Chapter 7: for every clause of a prompt, an answer that is right but for that clause, and the group that shows it."""

import numpy as np
from scipy import ndimage

from segbook.exercises import get

legal, ledger, double, f_score = (get(id).solution for id in ("7.1", "7.2", "7.3", "7.4"))


def ledger_by(down, up=lambda size: 2 * size):
    def answer(input_size, *, depth):
        sizes = [input_size]
        for _ in range(depth):
            sizes.append(down(sizes[-1]))
        for _ in range(depth):
            sizes.append(up(sizes[-1]))
        return np.array(sizes)

    return answer


def double_with_border(mode):
    return lambda image: double(np.pad(image, 1, mode=mode))[2:-2, 2:-2]


def f_by(edge=None, near=lambda d2, tolerance: np.sqrt(d2) <= tolerance, mean=None):
    def four(mask):
        wide = np.pad(mask, 1, mode="edge")
        return mask & ~(wide[:-2, 1:-1] & wide[2:, 1:-1] & wide[1:-1, :-2] & wide[1:-1, 2:])

    def answer(pred, truth, *, tolerance):
        a, b = (np.argwhere((edge or four)(mask)) for mask in (pred, truth))
        found = near(((a[:, None] - b) ** 2).sum(axis=2), tolerance)
        precision, recall = found.any(axis=1).mean(), found.any(axis=0).mean()
        if mean:
            return float(mean(precision, recall))
        return float(2 * precision * recall / (precision + recall)) if precision + recall else 0.0

    return answer


def edge_by_eight(mask):
    return mask & (ndimage.minimum_filter(mask.astype(int), 3, mode="nearest") == 0)


def edge_of_box(mask):
    y, x = np.nonzero(mask)
    box = np.zeros_like(mask)
    box[y.min() : y.max() + 1, x.min() : x.max() + 1] = True
    return box & ~ndimage.binary_erosion(box, border_value=1)


def edge_without_holes(mask):
    return mask & ~ndimage.binary_erosion(ndimage.binary_fill_holes(mask), border_value=1)


def edge_outside(mask):
    return ~mask & ndimage.binary_dilation(mask)


def edge_along_rows(mask):
    wide = np.pad(mask, ((0, 0), (1, 1)), mode="edge")
    return mask & ~(wide[:, :-2] & wide[:, 2:])


def edge_with_frame(mask):
    return mask & ~ndimage.binary_erosion(mask)


def edge_never_on_frame(mask):
    inner = np.zeros_like(mask)
    inner[1:-1, 1:-1] = True
    return mask & ~ndimage.binary_erosion(mask, border_value=1) & inner


CLAUSES = {
    "7.1": [
        ("only if the poolings leave no remainder at *any* level", "more levels", lambda limit, *, depth: np.arange(2 * depth, limit + 1, 2 * depth)),
        ("only if the poolings leave no remainder at *any* level", "one or two levels", lambda limit, *, depth: np.arange(2, limit + 1, 2)),
        ("halves its map at every level", "more levels", lambda limit, *, depth: legal(limit, depth=min(depth, 3))),
        ("all legal sizes", "one or two levels", lambda limit, *, depth: np.array([2**n for n in range(depth, 12) if 2**n <= limit], int)),
        ("from 1 to `limit`", "one or two levels", lambda limit, *, depth: np.append(0, legal(limit, depth=depth))),
        ("`limit` included", "limit", lambda limit, *, depth: legal(limit - 1, depth=depth)),
        ("in rising order", "more levels", lambda limit, *, depth: legal(limit, depth=depth)[::-1]),
        ("It may be empty", "limit", lambda limit, *, depth: np.append(2**depth, legal(limit, depth=depth)[1:])),
    ],
    "7.2": [
        ("halves a size and drops the odd place at its end", "odd", ledger_by(lambda size: -(-size // 2))),
        ("halves a size and drops the odd place at its end", "odd", ledger_by(lambda size: round(size / 2))),
        ("halves a size and drops the odd place at its end", "odd later", lambda input_size, *, depth: np.array([*ledger(input_size, depth=depth)[: depth + 1], *[round(input_size / 2**n) for n in range(depth - 1, -1, -1)]])),
        ("doubles a size and cannot know what was dropped", "odd later", lambda input_size, *, depth: np.concatenate([(down := ledger(input_size, depth=depth)[: depth + 1]), down[-2::-1]])),
        ("the number of poolings", "legal", lambda input_size, *, depth: ledger(input_size, depth=depth - 1)),
        ("the number of poolings", "legal", lambda input_size, *, depth: ledger(input_size, depth=max(depth, 2))),
        ("as an array of whole numbers", "odd", ledger_by(lambda size: size / 2)),
        ("the input, what each pooling gives down to the bottleneck, then what each doubling gives", "legal", lambda input_size, *, depth: ledger(input_size, depth=depth)[1:]),
        ("It has `2 * depth + 1` entries", "legal", lambda input_size, *, depth: np.insert(ledger(input_size, depth=depth), depth, input_size >> depth)),
    ],
    "7.3": [
        ("each half takes ¾ of its own pixel and ¼ of the neighbour on its side", "general", lambda image: np.repeat(np.repeat(image, 2, 0), 2, 1) if image.size > 1 else double(image)),
        ("the neighbour on its side", "general", lambda image: double(image[::-1, ::-1])[::-1, ::-1].reshape(2 * image.shape[0], -1, 2)[..., ::-1].reshape(2 * image.shape[0], -1)),
        ("At the border, where there is no neighbour, the pixel itself takes its place", "general", double_with_border("reflect")),
        ("At the border, where there is no neighbour, the pixel itself takes its place", "flat", double_with_border("constant")),
        ("At the border, where there is no neighbour, the pixel itself takes its place", "general", double_with_border("wrap")),
        ("doubled along one axis, then along the other", "general", lambda image: np.repeat(double(image)[::2], 2, axis=0)),
        ("`image` of shape `(H, W)`", "general", lambda image: double(image).T.reshape(2 * image.shape[0], -1)),
        ("`image` of shape `(H, W)`", "general", lambda image: np.clip(double(image), 0, 255)),
        ("return an array of shape `(2 * H, 2 * W)`", "flat", lambda image: double(image)[1:-1, 1:-1]),
    ],
    "7.4": [
        ("at least one of its four neighbours in the image is outside the mask", "exact", f_by(edge_by_eight)),
        ("at least one of its four neighbours in the image is outside the mask", "tolerance", f_by(edge_by_eight)),
        ("at least one of its four neighbours in the image is outside the mask", "exact", f_by(edge_along_rows)),
        ("at least one of its four neighbours in the image is outside the mask", "exact", f_by(edge_of_box)),
        ("at least one of its four neighbours in the image is outside the mask", "exact", f_by(edge_without_holes)),
        ("A pixel of a mask is a boundary pixel", "exact", f_by(edge_outside)),
        ("The border of the image makes no boundary", "image border", f_by(edge_with_frame)),
        ("The border of the image makes no boundary", "image border", f_by(edge_never_on_frame)),
        ("at most `tolerance` away", "tolerance", f_by(near=lambda d2, t: np.sqrt(d2) < t)),
        ("at most `tolerance` away", "tolerance", f_by(near=lambda d2, t: d2 <= t)),
        ("at most `tolerance` away", "tolerance", f_by(near=lambda d2, t: np.sqrt(d2) <= round(t))),
        ("at most `tolerance` away", "tolerance", f_by(near=lambda d2, t: np.sqrt(d2) <= min(t, 1.5))),
        ("the share of the predicted boundary pixels that are found among the true ones", "exact", f_by(mean=lambda p, r: p)),
        ("the share of the true ones that are found among the predicted ones", "exact", f_by(mean=lambda p, r: r)),
        ("The F-score is their harmonic mean", "exact", f_by(mean=lambda p, r: (p + r) / 2)),
        ("or 0 where both are 0", "all or nothing", f_by(mean=lambda p, r: 2 * p * r / (p + r))),
        ("or 0 where both are 0", "all or nothing", f_by(mean=lambda p, r: 2 * p * r / (p + r) if p + r else 1.0)),
    ],
}  # fmt: skip
