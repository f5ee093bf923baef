"""7.4: the boundary F-score of two masks."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="7.4",
    title="The boundary F-score",
    level=3,
    points={"exact": 1, "tolerance": 2, "image border": 1, "all or nothing": 1},
    prompt="""\
A pixel of a mask is a boundary pixel if at least one of its four neighbours in the image is outside the mask. The
border of the image makes no boundary. A boundary pixel is found if the other mask has a boundary pixel whose centre is
at most `tolerance` away, in a straight line. Precision is the share of the predicted boundary pixels that are found
among the true ones, recall the share of the true ones that are found among the predicted ones. The F-score is their
harmonic mean, 2 · precision · recall / (precision + recall), or 0 where both are 0.

Write `boundary_f_score`: from two boolean masks of shape `(H, W)`, each with a boundary, return the F-score.""",
    hints=(
        "It takes two steps: a list of boundary pixels for each mask, then distances between the two lists.",
        'Pad a mask by mode="edge", so that the image\'s border repeats itself; a pixel is inside if all four shifted '
        "copies are True there.",
        "With np.argwhere and broadcasting you get a table of distances: its smallest entry in each row says what is "
        "found on one side, in each column on the other.",
    ),
)


@exercise.reference
def boundary_f_score(pred: np.ndarray, truth: np.ndarray, *, tolerance: float) -> float:
    """Combine precision and recall of the boundary pixels of two masks.

    >>> truth = np.array([[False, False, True, True, True, True]])
    >>> pred = np.array([[False, False, False, True, True, False]])
    >>> boundary_f_score(pred, truth, tolerance=1.0)
    0.6666666666666666
    """
    places = []
    for mask in (pred, truth):
        wide = np.pad(mask, 1, mode="edge")  # beyond the image there is no other class
        inside = wide[:-2, 1:-1] & wide[2:, 1:-1] & wide[1:-1, :-2] & wide[1:-1, 2:]
        places.append(np.argwhere(mask & ~inside))
    distances = np.linalg.norm(places[0][:, None] - places[1], axis=2)
    precision = np.mean(distances.min(axis=1) <= tolerance)
    recall = np.mean(distances.min(axis=0) <= tolerance)
    if precision + recall == 0:
        return 0.0
    return float(2 * precision * recall / (precision + recall))


@exercise.cases
def cases(rng):
    """Draw masks that lie inside the image, boxes cut by its border, and masks far apart or the same."""
    small = _box(1, 1, 3, 3, shape=(5, 5))
    yield "exact", (small & ~_box(1, 3, 1, 1, shape=(5, 5)), small), dict(tolerance=0.0)
    yield "tolerance", (_box(1, 1, 2, 2, shape=(4, 5)), _box(1, 2, 2, 2, shape=(4, 5))), dict(tolerance=1.0)
    yield "image border", (_box(0, 0, 2, 2, shape=(3, 3)), _box(0, 0, 2, 1, shape=(3, 3))), dict(tolerance=0.0)
    yield "all or nothing", (_box(1, 1, 1, 1, shape=(3, 7)), _box(1, 5, 1, 1, shape=(3, 7))), dict(tolerance=1.0)
    corner, ring = _box(2, 2, 7, 7) & ~_box(2, 6, 3, 3), _box(3, 3, 7, 7) & ~_box(5, 5, 3, 3)
    yield "exact", (corner, _box(2, 2, 7, 7)), dict(tolerance=0.0)
    yield "exact", (ring, corner), dict(tolerance=0.0)
    yield "exact", (_box(5, 5, 1, 1), _box(5, 5, 1, 2)), dict(tolerance=0.0)
    yield "tolerance", (corner, np.roll(corner, 4, axis=1)), dict(tolerance=1.0)
    for tolerance in (1.5, 2.0):  # two rows apart
        yield "tolerance", (_box(2, 2, 5, 5), _box(4, 2, 5, 5)), dict(tolerance=tolerance)
    yield "tolerance", (_box(2, 2, 2, 9), _box(7, 2, 2, 9)), dict(tolerance=4.0)
    long, half = _box(0, 0, 3, 10, shape=(9, 11)), _box(0, 0, 3, 6, shape=(9, 11))
    yield "image border", (long, half), dict(tolerance=1.0)  # boundary pixels stand on the image's border, too
    for _ in range(3):
        top, left = whole(rng, 2, 3), whole(rng, 2, 3)
        truth, high, wide = _box(top, left, 6, 7), whole(rng, 6, 7), whole(rng, 8, 9)
        yield "exact", (_box(top + 1, left, high, 5), truth), dict(tolerance=0.0)
        # The corner of one box lies diagonally beside the other's edge: near for a king on a chessboard only.
        yield "tolerance", (_box(top, left, 6, wide), _box(top, left, 5, 6)), dict(tolerance=1.0)
        # The boxes touch at one corner: 1.41 apart in a straight line, 2 along rows and columns.
        yield "tolerance", (_box(top + 4, left + 4, 3, wide - 5), _box(top, left, 4, 4)), dict(tolerance=1.5)
        yield "image border", (_box(0, 0, 6, wide, shape=(9, 11)), _box(0, 0, 5, 6, shape=(9, 11))), dict(tolerance=1.0)
        far = whole(rng, 9, 10)
        yield "all or nothing", (_box(far, far, 3, 3), _box(1, 1, 4, whole(rng, 3, 5))), dict(tolerance=1.0)
        yield "all or nothing", (truth, truth), dict(tolerance=1.0)


def _box(top, left, high, wide, shape=(14, 14)):
    mask = np.zeros(shape, dtype=bool)
    mask[top : top + high, left : left + wide] = True
    return mask


def _edge(mask, *, border="edge"):
    wide = np.pad(mask, 1, mode=border)
    return mask & ~(wide[:-2, 1:-1] & wide[2:, 1:-1] & wide[1:-1, :-2] & wide[1:-1, 2:])


def _rates(pred, truth, tolerance, order=2):
    """Return precision and recall of the pixels of two masks that are taken as boundaries."""
    steps = np.argwhere(pred)[:, None] - np.argwhere(truth)
    near = np.linalg.norm(steps, axis=2, ord=order) <= tolerance
    return near.any(axis=1).mean(), near.any(axis=0).mean()


@exercise.misconception("one side only", loses={"exact", "tolerance", "image border"})
def _(pred, truth, *, tolerance):
    """You ask only whether predicted pixels lie near true ones. A prediction that misses half of the boundary would
    pass; ask the other way round, too, and combine both.
    """
    return float(_rates(_edge(pred), _edge(truth), tolerance)[0])


def _harmonic(precision, recall):
    return float(2 * precision * recall / (precision + recall)) if precision + recall else 0.0


@exercise.misconception("interior counted", loses={"exact", "tolerance", "image border"})
def _(pred, truth, *, tolerance):
    """You count all pixels of the masks. Keep those with a neighbour outside the mask."""
    return _harmonic(*_rates(pred, truth, tolerance))


@exercise.misconception("Chebyshev distance", loses={"tolerance", "image border"})
def _(pred, truth, *, tolerance):
    """You count a diagonal step as one pixel. A straight line to a diagonal neighbour is √2 long."""
    return _harmonic(*_rates(_edge(pred), _edge(truth), tolerance, order=np.inf))


@exercise.misconception("city-block distance", loses={"tolerance"})
def _(pred, truth, *, tolerance):
    """You add steps along rows and columns. The distance is a straight line: √(rows² + columns²)."""
    return _harmonic(*_rates(_edge(pred), _edge(truth), tolerance, order=1))


@exercise.misconception("border of the image", loses={"image border"})
def _(pred, truth, *, tolerance):
    """Pixels at the border of the image become boundaries, although no neighbour of another class is there."""
    return _harmonic(*_rates(_edge(pred, border="constant"), _edge(truth, border="constant"), tolerance))


@exercise.misconception("arithmetic mean", loses={"exact", "tolerance", "image border"})
def _(pred, truth, *, tolerance):
    """You take the mean of precision and recall. The F-score is their harmonic mean, which stays near the smaller
    one.
    """
    return float(np.mean(_rates(_edge(pred), _edge(truth), tolerance)))


def _score(pred, truth, near=lambda squared, tolerance: np.sqrt(squared) <= tolerance, edge=_edge):
    def answer(tolerance, combine=_harmonic):
        steps = np.argwhere(edge(pred))[:, None] - np.argwhere(edge(truth))
        found = near((steps**2).sum(axis=2), tolerance)
        with np.errstate(all="ignore"):
            return float(combine(found.any(axis=1).mean(), found.any(axis=0).mean()))

    return answer


@exercise.misconception("eight neighbours", loses={"exact", "tolerance"})
def _(pred, truth, *, tolerance):
    """You count a pixel as boundary when a diagonal neighbour lies outside. Ask its four neighbours only."""

    def edge(mask):
        wide = np.pad(mask, 1, mode="edge")
        return mask & ~np.lib.stride_tricks.sliding_window_view(wide, (3, 3)).all(axis=(2, 3))

    return _score(pred, truth, edge=edge)(tolerance)


@exercise.misconception("left and right only", loses={"exact", "tolerance", "image border"})
def _(pred, truth, *, tolerance):
    """You look for the boundary along rows. The neighbours above and below make one, too."""

    def edge(mask):
        wide = np.pad(mask, ((0, 0), (1, 1)), mode="edge")
        return mask & ~(wide[:, :-2] & wide[:, 2:])

    return _score(pred, truth, edge=edge)(tolerance)


@exercise.misconception("pixels beside the mask", loses={"exact", "tolerance", "image border"})
def _(pred, truth, *, tolerance):
    """Your boundary lies outside the mask. Its pixels belong to the mask and have a neighbour that does not."""

    def edge(mask):
        wide = np.pad(mask, 1)
        return ~mask & (wide[:-2, 1:-1] | wide[2:, 1:-1] | wide[1:-1, :-2] | wide[1:-1, 2:])

    return _score(pred, truth, edge=edge)(tolerance)


@exercise.misconception("nearer than the tolerance", loses={"exact", "tolerance", "image border"})
def _(pred, truth, *, tolerance):
    """You ask for less than the tolerance. At most means that a distance of exactly the tolerance counts: <=."""
    return _score(pred, truth, near=lambda squared, tolerance: np.sqrt(squared) < tolerance)(tolerance)


@exercise.misconception("squared distance", loses={"tolerance"})
def _(pred, truth, *, tolerance):
    """You compare squared distances with the tolerance itself. Take the root, or square the tolerance, too."""
    return _score(pred, truth, near=lambda squared, tolerance: squared <= tolerance)(tolerance)


@exercise.misconception("recall only", loses={"exact", "tolerance", "image border"})
def _(pred, truth, *, tolerance):
    """You ask only whether true pixels are found. A prediction full of boundaries would pass; ask the other way round,
    too, and combine both.
    """
    return _score(pred, truth)(tolerance, lambda precision, recall: recall)


@exercise.misconception("nothing over nothing", loses={"all or nothing"})
def _(pred, truth, *, tolerance):
    """Where nothing is found on either side, you divide 0 by 0. The F-score is 0 there."""
    return _score(pred, truth)(tolerance, lambda precision, recall: 2 * precision * recall / (precision + recall))


@exercise.misconception("nothing found counts 1", loses={"all or nothing"})
def _(pred, truth, *, tolerance):
    """Where nothing is found on either side, you return 1. It is the worst possible case: return 0."""
    return _score(pred, truth)(tolerance, lambda precision, recall: _harmonic(precision, recall) or 1.0)
