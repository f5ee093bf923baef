"""Chapter 10: for every clause of a prompt, an answer that is right but for that clause, and the group that shows it."""

# ruff: noqa: RUF007 (an answer is written as its author would)

import numpy as np
from scipy import ndimage

from segbook.exercises import get

rates, paired, front, peaks = (get(id).solution for id in ("10.1", "10.2", "10.3", "10.4"))


def euclid(labels):
    return ndimage.distance_transform_edt(labels) + ndimage.distance_transform_edt(1 - labels)


def rates_by(distance=euclid, band=lambda d, near, far, last: (d >= near) & (d < far), empty=0.0):
    def answer(preds, labels, *, edges):
        d, found = distance(labels), []
        for b in range(len(edges) - 1):
            inside = band(d, edges[b], edges[b + 1], b == len(edges) - 2)
            found.append((preds != labels)[inside].mean() if inside.any() else empty)
        return np.array(found)

    return answer


def metric(name):
    return lambda labels: (
        ndimage.distance_transform_cdt(labels, name) + ndimage.distance_transform_cdt(1 - labels, name)
    ).astype(float)


def along_rows(labels):
    each = [
        ndimage.distance_transform_edt(row) + ndimage.distance_transform_edt(1 - row)
        if row.any() and not row.all()
        else np.full(row.size, 99.0)
        for row in labels
    ]
    return np.array(each)


def paired_after_sorting(seeds_a, scores_a, seeds_b, scores_b):
    a, b = scores_a[np.argsort(seeds_a)], scores_b[np.argsort(seeds_b)]
    n = min(len(a), len(b))
    differences = b[:n] - a[:n]
    return np.array([differences.mean(), differences.std(ddof=1)])


def paired_of_first(seeds_a, scores_a, seeds_b, scores_b):
    n = min(len(seeds_a), len(seeds_b))
    return (
        paired(seeds_a[:n], scores_a[:n], seeds_b[:n], scores_b[:n])
        if set(seeds_a[:n]) & set(seeds_b[:n])
        else np.zeros(2)
    )


def paired_by_table(seeds_a, scores_a, seeds_b, scores_b):
    keep_a, keep_b = (seeds_a >= 0) & (seeds_a < 100), (seeds_b >= 0) & (seeds_b < 100)
    return paired(seeds_a[keep_a], scores_a[keep_a], seeds_b[keep_b], scores_b[keep_b])


def front_by(beats):
    def answer(quality, time):
        return np.array(
            [
                not any(beats(quality[j], time[j], quality[i], time[i]) for j in range(len(time)) if j != i)
                for i in range(len(time))
            ]
        )

    return answer


def front_by_sweep(order, kept):
    def answer(quality, time):
        best, keep = -np.inf, np.zeros(len(time), bool)
        for i in order(quality, time):
            if kept(quality[i], best):
                keep[i] = True
            best = max(best, quality[i])
        return keep

    return answer


def peaks_by(
    away=np.hypot,
    near=np.less,
    order=lambda d: np.argsort(-d, axis=None, kind="stable"),
    low=np.less,
    among=lambda seeds: seeds,
):
    def answer(distance, *, apart, lowest):
        seeds = []
        for row, column in zip(*np.unravel_index(order(distance), distance.shape), strict=True):
            if not low(distance[row, column], lowest) and not any(
                near(away(abs(row - y), abs(column - x)), apart) for y, x in among(seeds)
            ):
                seeds.append((row, column))
        return np.array(seeds)

    return answer


def peaks_that_are_local(distance, *, apart, lowest):
    wide = ndimage.maximum_filter(distance, 3)
    return peaks(np.where(wide == distance, distance, -1.0), apart=apart, lowest=lowest)


def peaks_of_pieces(distance, *, apart, lowest):
    pieces, count = ndimage.label(distance > 0)
    found = [
        peaks(np.where(pieces == n, distance, 0.0), apart=1e9, lowest=lowest)[0]
        for n in range(1, count + 1)
        if distance[pieces == n].max() >= lowest
    ]
    return np.array(found)


CLAUSES = {
    "10.1": [
        ("the nearest pixel of the *other* true class", "straight", lambda preds, labels, *, edges: rates_by(lambda _: euclid(preds))(preds, labels, edges=edges)),
        ("the Euclidean distance to the nearest pixel of the *other* true class", "round", rates_by(metric("chessboard"))),
        ("the Euclidean distance to the nearest pixel of the *other* true class", "round", rates_by(metric("taxicab"))),
        ("the Euclidean distance to the nearest pixel of the *other* true class", "round", rates_by(along_rows)),
        ("between pixel centres", "straight", rates_by(lambda labels: euclid(labels) - 0.5)),
        ("on both sides", "straight", rates_by(ndimage.distance_transform_edt)),
        ("`edges[b]` ≤ distance < `edges[b + 1]`", "straight", rates_by(band=lambda d, near, far, last: (d > near) & (d <= far))),
        ("`edges[b]` ≤ distance < `edges[b + 1]`", "straight", rates_by(band=lambda d, near, far, last: (d >= near) & ((d < far) | (last & (d == far))))),
        ("`edges[b]` ≤ distance < `edges[b + 1]`", "straight", rates_by(band=lambda d, near, far, last: (d >= near) & ((d < far) | last))),
        ("`edges[b]` ≤ distance < `edges[b + 1]`", "straight", rates_by(band=lambda d, near, far, last: (d >= (near if near > 2 else 1)) & (d < far))),
        ("`edges[b]` ≤ distance < `edges[b + 1]`", "round", rates_by(band=lambda d, near, far, last: (d >= int(near)) & (d < int(far)))),
        ("`edges[b]` ≤ distance < `edges[b + 1]`", "round", rates_by(lambda labels: euclid(labels).astype(int))),
        ("the share of *its* pixels that are predicted wrongly", "straight", lambda preds, labels, *, edges: np.array([((preds != labels) & (euclid(labels) >= a) & (euclid(labels) < b)).sum() / labels.size for a, b in zip(edges, edges[1:], strict=False)])),
        ("the share of *its* pixels that are predicted wrongly", "straight", lambda preds, labels, *, edges: 1 - rates(preds, labels, edges=edges)),
        ("a band without pixels gets 0", "empty band", rates_by(empty=np.nan)),
        ("a band without pixels gets 0", "empty band", lambda preds, labels, *, edges: np.array([r for r, a, b in zip(rates(preds, labels, edges=edges), edges, edges[1:], strict=False) if ((euclid(labels) >= a) & (euclid(labels) < b)).any()])),
        ("a band without pixels gets 0", "empty band", lambda preds, labels, *, edges: np.nan_to_num(rates_by(empty=np.nan)(preds, labels, edges=edges)) if np.isfinite(rates_by(empty=np.nan)(preds, labels, edges=edges)[:-2]).all() else np.zeros(0)),
        ("with classes 0 and 1", "round", rates_by(lambda labels: euclid(1 - labels) if labels.sum() > 1 else euclid(labels) + 1)),
        ("return one rate for each band", "straight", lambda preds, labels, *, edges: np.append(rates(preds, labels, edges=edges), 0.0)),
        ("return one rate for each band", "empty band", lambda preds, labels, *, edges: rates(preds, labels, edges=edges)[:3]),
    ],
    "10.2": [
        ("subtract A's score from B's", "same order", lambda *runs: paired(*runs) * [-1, 1]),
        ("subtract A's score from B's", "same order", lambda *runs: abs(paired(*runs))),
        ("wherever both have a run with that seed", "unmatched", paired_after_sorting),
        ("Runs stand in any order", "shuffled", lambda seeds_a, a, seeds_b, b: np.array([(b - a).mean(), (b - a).std(ddof=1)])),
        ("a seed that only one of them has does not count", "unmatched", paired_of_first),
        ("a seed that only one of them has does not count", "unmatched", lambda seeds_a, a, seeds_b, b: paired(seeds_a, a, np.append(seeds_b, np.setdiff1d(seeds_a, seeds_b)), np.append(b, np.zeros(len(np.setdiff1d(seeds_a, seeds_b)))))),
        ("The spread of $n$ differences is their standard deviation", "same order", lambda seeds_a, a, seeds_b, b: np.array([paired(seeds_a, a, seeds_b, b)[0], np.hypot(a.std(ddof=1), b.std(ddof=1))])),
        ("which divides by $n - 1$", "same order", lambda seeds_a, a, seeds_b, b: paired(seeds_a, a, seeds_b, b) * [1, np.sqrt(1 - 1 / len(np.intersect1d(seeds_a, seeds_b)))]),
        ("which divides by $n - 1$", "unmatched", lambda seeds_a, a, seeds_b, b: paired(seeds_a, a, seeds_b, b) * [1, np.sqrt((len(np.intersect1d(seeds_a, seeds_b)) - 1) / (len(a) - 1))]),
        ("the seeds and scores of A and of B", "shuffled", paired_by_table),
        ("no seed occurs twice in one model", "unmatched", lambda seeds_a, a, seeds_b, b: paired(seeds_a, a, seeds_b, b) if len(a) == len(b) else np.zeros(2)),
        ("the mean and the standard deviation", "same order", lambda seeds_a, a, seeds_b, b: paired(seeds_a, a, seeds_b, b)[::-1]),
    ],
    "10.3": [
        ("quality (more is better)", "different", lambda quality, time: front(-quality, time)),
        ("time (less is better)", "different", lambda quality, time: front(quality, -time)),
        ("at least as good in both", "different", lambda quality, time: quality == quality.max()),
        ("at least as good in both", "different", lambda quality, time: (quality == quality.max()) | (time == time.min())),
        ("better in at least one of them", "half ties", front_by(lambda q, t, own_q, own_t: q > own_q and t < own_t)),
        ("better in at least one of them", "half ties", front_by(lambda q, t, own_q, own_t: q > own_q and t <= own_t)),
        ("better in at least one of them", "half ties", front_by(lambda q, t, own_q, own_t: q >= own_q and t < own_t)),
        ("better in at least one of them", "half ties", front_by_sweep(lambda q, t: np.argsort(t, kind="stable"), lambda q, best: q > best)),
        ("Two models with the same two numbers do not dominate each other", "equal models", front_by(lambda q, t, own_q, own_t: q >= own_q and t <= own_t)),
        ("Two models with the same two numbers do not dominate each other", "equal models", front_by_sweep(lambda q, t: np.lexsort((-q, t)), lambda q, best: q > best)),
        ("Two models with the same two numbers do not dominate each other", "half ties", front_by_sweep(lambda q, t: np.lexsort((-q, t)), lambda q, best: q >= best)),
        ("whether the model is dominated by none", "different", lambda quality, time: ~front(quality, time)),
        ("arrays of one number for each model", "different", lambda quality, time: front(quality, time) if len(time) > 1 else np.zeros(len(time), bool)),
    ],
    "10.4": [
        ("at one seed for each cell", "far apart", peaks_of_pieces),
        ("which peaks in the middle of each cell", "far apart", peaks_that_are_local),
        ("from the largest distance to the smallest", "one seed", peaks_by(order=lambda d: np.arange(d.size))),
        ("from the largest distance to the smallest", "one seed", peaks_by(order=lambda d: np.argsort(d, axis=None, kind="stable"))),
        ("equal ones in reading order", "ties", peaks_by(order=lambda d: np.argsort(d, axis=None, kind="stable")[::-1])),
        ("equal ones in reading order", "ties", lambda distance, **options: peaks(distance.T, **options)[:, ::-1]),
        ("if its distance is at least `lowest`", "low peaks", peaks_by(low=lambda value, lowest: False)),
        ("if its distance is at least `lowest`", "low peaks", peaks_by(low=np.less_equal)),
        ("if its distance is at least `lowest`", "low peaks", lambda distance, *, apart, lowest: peaks(distance, apart=apart, lowest=min(lowest, 1.0))),
        ("every seed found before lies", "far apart", peaks_by(among=lambda seeds: seeds[-1:])),
        ("every seed found before lies", "far apart", peaks_by(among=lambda seeds: seeds[:1])),
        ("at least `apart` pixels away", "far apart", peaks_by(near=np.less_equal)),
        ("at least `apart` pixels away", "far apart", lambda distance, *, apart, lowest: peaks(distance, apart=round(apart), lowest=lowest)),
        ("in a straight line", "far apart", peaks_by(away=np.maximum)),
        ("in a straight line", "far apart", peaks_by(away=np.add)),
        ("in a straight line", "far apart", peaks_by(away=lambda y, x: y * y + x * x)),
        ("Every other pixel is skipped", "far apart", lambda distance, **options: peaks(distance, **options)[:1]),
        ("return one row `row, column` for each seed", "one seed", lambda distance, **options: peaks(distance, **options)[:, ::-1]),
        ("in the order in which they are found", "far apart", lambda distance, **options: np.array(sorted(peaks(distance, **options).tolist()))),
        ("At least one pixel reaches `lowest`", "low peaks", lambda distance, *, apart, lowest: peaks(np.where(distance > lowest, distance, 0.0), apart=apart, lowest=1e-9)),
    ],
}  # fmt: skip
