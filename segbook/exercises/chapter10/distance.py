"""10.1: how often a network errs, by the distance to the boundary."""

from itertools import pairwise

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="10.1",
    title="Errors by distance",
    level=2,
    points={"straight": 2, "round": 1, "empty band": 1},
    prompt="""\
Two networks with the same IoU can err in different places. The distance of a pixel to the boundary is the Euclidean
distance to the nearest pixel of the *other* true class, the one in `labels`, between pixel centres: 1 right beside the
boundary, on both sides.
Band number $b$ holds the pixels with `edges[b]` ≤ distance < `edges[b + 1]`. Its error rate is the share of *its*
pixels that are predicted wrongly; a band without pixels gets 0,
so that every band has a number, though nothing was measured there.

Write `error_rate_by_distance`: from `preds` and `labels`, both of shape `(H, W)` with classes 0 and 1 (both occur in
`labels`), and the ascending `edges`, return one rate for each band.""",
    hints=(
        "First make a map of distances; errors come second. For one pixel of class 0, to which pixels do you measure?",
        "Distances: for each class, from all pixels to the pixels of the other class; keep the smallest.",
        "For each band: inside = (distance >= edges[b]) & (distance < edges[b + 1]); wrong[inside].sum() over "
        "inside.sum(), or over 1 if that is 0.",
    ),
)


@exercise.reference
def error_rate_by_distance(
    preds: np.ndarray,
    labels: np.ndarray,
    *,
    edges: np.ndarray,
) -> np.ndarray:
    """Divide the wrong pixels of each band around the boundary by all of its pixels.

    >>> labels = np.array([[0, 0, 0, 0, 1, 1, 1, 1]])
    >>> preds = np.array([[0, 0, 0, 1, 1, 1, 1, 1]])
    >>> error_rate_by_distance(preds, labels, edges=np.array([1, 2, 5]))
    array([0.5, 0. ])
    """
    rows, columns = np.indices(labels.shape)
    distance = np.zeros(labels.shape)
    for value in (0, 1):
        y, x = np.nonzero(labels != value)
        squared = (rows[..., None] - y) ** 2 + (columns[..., None] - x) ** 2
        distance = np.where(labels == value, np.sqrt(squared.min(axis=-1)), distance)
    rates = np.zeros(len(edges) - 1)
    for band in range(len(rates)):
        inside = (distance >= edges[band]) & (distance < edges[band + 1])
        rates[band] = (preds != labels)[inside].sum() / max(inside.sum(), 1)
    return rates


@exercise.cases
def cases(rng):
    """Draw straight boundaries, round ones, and bands that hold no pixel; every mistake shows where it must."""
    alone, preds = np.zeros((5, 7), np.int64), np.zeros((5, 7), np.int64)
    alone[2, 3] = preds[0, 0] = preds[2, 4] = 1
    yield "round", (preds, alone), {"edges": np.array([1, 2, 3, 5])}  # a single pixel
    one_each = np.array([[1, 0, 0, 1]]), np.array([[0, 0, 0, 1]])
    yield "straight", one_each, {"edges": np.array([1, 2, 3, 4])}  # bands of two pixels, one and one
    square = np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]])
    yield "round", (np.array([[1, 0, 0], [0, 1, 0], [0, 0, 0]]), square), {"edges": np.array([1, 1.2, 2])}
    yield "empty band", (np.array([[0, 1, 1, 1]]), np.array([[0, 0, 1, 1]])), {"edges": np.array([1, 2, 3, 5])}
    for _ in range(3):
        yield "straight", *_maps(rng, "straight", [1, 2, 3, 5])
        yield "round", *_maps(rng, "round", [1, 2, 3, 6])
        yield "round", *_maps(rng, "round", [1, 1.2, 2.4, 3.5], but="both edges included")  # no distance is an edge
        yield "empty band", *_maps(rng, "empty band", [1, 2, 4, 30, 40])
        yield "empty band", *_maps(rng, "empty band", [1, 1.2, 1.8, 4, 30])


def _maps(rng, group, edges, but=""):
    """Draw until every mistake that loses the group gives another answer than the reference."""
    mistakes = [one.answer for one in exercise.misconceptions if group in one.loses and one.name != but]
    while True:
        rows, columns = np.indices((9, 11))
        if group == "round":
            y, x, radius = whole(rng, 3, 5), whole(rng, 4, 6), whole(rng, 2, 3)
            labels = ((rows - y) ** 2 + (columns - x) ** 2 <= radius**2).astype(np.int64)
        else:
            labels = (columns >= whole(rng, 4, 6)).astype(np.int64)
        preds = np.where(rng.random(labels.shape) < 0.25, 1 - labels, labels)
        given = {"edges": np.array(edges)}
        right = error_rate_by_distance(preds, labels, **given)
        if all(not np.allclose(mistake(preds, labels, **given), right, atol=1e-3) for mistake in mistakes):
            return (preds, labels), given


def _distance(labels, measure=lambda dy, dx: np.sqrt(dy**2 + dx**2)):
    """Measure, at every pixel, how far the nearest pixel of the other class is."""
    rows, columns = np.indices(labels.shape)
    distance = np.zeros(labels.shape)
    for value in (0, 1):
        y, x = np.nonzero(labels != value)
        away = measure(abs(rows[..., None] - y), abs(columns[..., None] - x)).min(axis=-1)
        distance = np.where(labels == value, away, distance)
    return distance


def _bands(distance, edges):
    return [(distance >= near) & (distance < far) for near, far in pairwise(edges)]


@exercise.misconception("share of errors", loses={"straight", "round", "empty band"})
def _(preds, labels, *, edges):
    """You say where the errors are, not how likely one is: your numbers add up to about 1. Divide by the pixels of the
    band, of which a wide band has many.
    """
    wrong = preds != labels
    return np.array([wrong[band].sum() / wrong.sum() for band in _bands(_distance(labels), edges)])


@exercise.misconception("of all pixels", loses={"straight", "round", "empty band"})
def _(preds, labels, *, edges):
    """You divide by the pixels of the whole image. Each band is judged by its own pixels."""
    return np.array([(preds != labels)[band].sum() / labels.size for band in _bands(_distance(labels), edges)])


@exercise.misconception("one side only", loses={"straight", "round", "empty band"})
def _(preds, labels, *, edges):
    """You look at pixels of class 1 only. A boundary has two sides: background next to it is as easily wrong."""
    bands = [band & (labels == 1) for band in _bands(_distance(labels), edges)]
    return np.array([(preds != labels)[band].sum() / max(band.sum(), 1) for band in bands])


@exercise.misconception("far edge included", loses={"straight", "round", "empty band"})
def _(preds, labels, *, edges):
    """Your bands hold their far edge and not their near one. A pixel at distance 1 belongs to the band from 1 to 2."""
    distance = _distance(labels)
    bands = [(distance > near) & (distance <= far) for near, far in pairwise(edges)]
    return np.array([(preds != labels)[band].sum() / max(band.sum(), 1) for band in bands])


@exercise.misconception("chessboard distance", loses={"round"})
def _(preds, labels, *, edges):
    """Diagonal neighbours have distance 1 in your map. The Euclidean distance is √2."""
    bands = _bands(_distance(labels, np.maximum), edges)
    return np.array([(preds != labels)[band].sum() / max(band.sum(), 1) for band in bands])


def _rates(distance, preds, labels, edges):
    return np.array([(preds != labels)[band].sum() / max(band.sum(), 1) for band in _bands(distance, edges)])


@exercise.misconception("city-block distance", loses={"round"})
def _(preds, labels, *, edges):
    """You add rows and columns. A straight line to a diagonal neighbour is √2 long."""
    return _rates(_distance(labels, np.add), preds, labels, edges)


@exercise.misconception("half a pixel less", loses={"straight", "round", "empty band"})
def _(preds, labels, *, edges):
    """You measure to the line between two pixels. Measure from centre to centre: right beside the boundary it is 1."""
    return _rates(_distance(labels) - 0.5, preds, labels, edges)


@exercise.misconception("share of right pixels", loses={"straight", "round", "empty band"})
def _(preds, labels, *, edges):
    """You return the share of pixels that are right. Return the share of errors."""
    return 1 - _rates(_distance(labels), preds, labels, edges)


@exercise.misconception("nothing over nothing", loses={"empty band"})
def _(preds, labels, *, edges):
    """A band without pixels gives 0 / 0, which is nan. Its rate is 0."""
    bands = _bands(_distance(labels), edges)
    return np.array([(preds != labels)[band].mean() if band.any() else np.nan for band in bands])


@exercise.misconception("boundary of the prediction", loses={"straight", "round", "empty band"})
def _(preds, labels, *, edges):
    """You measure to the boundary in preds. The distance is that in labels: which class a pixel really has, and how
    far away the nearest pixel of the other one is.
    """
    return _rates(_distance(preds), preds, labels, edges)


@exercise.misconception("last edge included", loses={"straight"})
def _(preds, labels, *, edges):
    """Your last band holds its far edge, as np.histogram's does. Every band ends before its far edge."""
    distance = _distance(labels)
    nudged = np.append(edges[:-1], np.nextafter(float(edges[-1]), np.inf))
    return _rates(distance, preds, labels, nudged)


def _rates_in(band, preds, labels, edges):
    distance, wrong = _distance(labels), preds != labels
    bands = [band(distance, near, far) for near, far in pairwise(edges)]
    return np.array([wrong[inside].sum() / max(inside.sum(), 1) for inside in bands])


@exercise.misconception("both edges included", loses={"straight", "round", "empty band"})
def _(preds, labels, *, edges):
    """Your bands hold both their edges, so a pixel at an edge is in two of them. A pixel at distance 2 belongs to the
    band that begins at 2, and not to the one that ends there.
    """
    return _rates_in(lambda distance, near, far: (distance >= near) & (distance <= far), preds, labels, edges)


@exercise.misconception("no edge included", loses={"straight", "round", "empty band"})
def _(preds, labels, *, edges):
    """Your bands hold neither of their edges, so a pixel at an edge is in none of them. A band begins with its near
    edge.
    """
    return _rates_in(lambda distance, near, far: (distance > near) & (distance < far), preds, labels, edges)


@exercise.misconception("count of errors", loses={"straight", "round", "empty band"})
def _(preds, labels, *, edges):
    """You count the wrong pixels of each band. A rate is that count divided by all pixels of the band."""
    return np.array([(preds != labels)[band].sum() for band in _bands(_distance(labels), edges)])
