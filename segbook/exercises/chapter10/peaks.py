"""10.4: the seeds from which a watershed starts."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="10.4",
    title="Seeds of a watershed",
    level=2,
    points={"one seed": 1, "far apart": 2, "ties": 1, "low peaks": 1},
    prompt="""\
A watershed parts cells that touch, but it has to start somewhere: at one seed for each cell. Take the map of distances
to the background, which peaks in the middle of each cell. (Chapter 1 calls such a distance a depth, and in chapter 10 a
peak is called a deepest place.) Go through its pixels from the largest distance to the smallest, equal ones in reading
order. A pixel becomes a seed if its distance is at least `lowest`, and if every seed found before lies at least `apart`
pixels away, in a straight line between pixel centres. Every other pixel is skipped.

Write `watershed_seeds`: from `distance` of shape `(H, W)` and the two numbers, return one row `row, column` for each
seed, in the order in which they are found. At least one pixel reaches `lowest`.""",
    hints=(
        "Two steps: put the pixels in order, then decide about one after the other. Against what is a pixel compared?",
        "np.argsort(-distance, axis=None, kind='stable') orders the pixels, and np.unravel_index gives row and column.",
        "Keep a list of seeds. A pixel joins it if np.hypot of its offsets to every seed in it is at least apart.",
    ),
)


@exercise.reference
def watershed_seeds(distance: np.ndarray, *, apart: float, lowest: float) -> np.ndarray:
    """Find peaks from high to low, none nearer to an earlier one than `apart`.

    >>> watershed_seeds(np.array([[1.0, 3.0, 2.0, 1.0, 2.0]]), apart=2.0, lowest=1.0)
    array([[0, 1],
           [0, 4]])
    """
    seeds = []
    for place in np.argsort(-distance, axis=None, kind="stable"):  # stable: equal ones stay in reading order
        row, column = np.unravel_index(place, distance.shape)
        if distance[row, column] < lowest:
            break
        if all(np.hypot(row - y, column - x) >= apart for y, x in seeds):
            seeds.append((int(row), int(column)))
    return np.array(seeds)


@exercise.cases
def cases(rng):
    """Draw hills with one seed, hills far and near, equal heights, and hills too low."""
    yield "one seed", (np.array([[1.0, 2.0, 1.0]]),), dict(apart=3.0, lowest=1.0)
    yield "far apart", (np.array([[3.0, 2.0, 1.0, 2.0]]),), dict(apart=3.0, lowest=1.0)  # exactly as far
    yield "far apart", (np.array([[5.0, 4.0, 3.0, 2.0]]),), dict(apart=1.5, lowest=1.0)  # the second lies between
    yield "far apart", (np.array([[2.0, 0.0, 0.0, 2.0]]),), dict(apart=2.0, lowest=1.0)
    yield "ties", (np.array([[2.0, 2.0, 2.0]]),), dict(apart=2.0, lowest=1.0)
    yield "ties", (np.array([[1.0, 2.0], [2.0, 1.0]]),), dict(apart=1.5, lowest=1.0)  # √2 away
    yield "ties", (np.tile([[2.0, 1.0], [1.0, 2.0]], (3, 5)),), dict(apart=3.0, lowest=1.0)  # a sort may mix so many
    yield "low peaks", (np.array([[4.0, 0.0, 0.0, 1.5]]),), dict(apart=2.0, lowest=2.0)
    yield "low peaks", (np.array([[4.0, 0.0, 0.0, 2.0]]),), dict(apart=2.0, lowest=2.0)  # just high enough
    for _ in range(3):
        y, x = whole(rng, 1, 3), whole(rng, 2, 5)
        yield "one seed", (_hills([(y, x, whole(rng, 3, 4))]),), dict(apart=20.0, lowest=1.0)
        one, other = (1, whole(rng, 1, 2), 4), (whole(rng, 4, 5), 7, 3)
        yield "far apart", (_hills([one, other, (1, 8, 2.5)]),), dict(apart=2.5, lowest=1.0)
        yield "far apart", (_hills([other, (1, whole(rng, 3, 4), 3.5)]),), dict(apart=3.5, lowest=1.0)
        yield "ties", (_hills([(1, 7, 3), (4, whole(rng, 1, 3), 3)]),), dict(apart=2.5, lowest=1.0)
        yield "low peaks", (_hills([(2, whole(rng, 1, 2), 4), (4, 8, 2)]),), dict(apart=4.0, lowest=2.5)
        yield "low peaks", (_hills([(4, whole(rng, 1, 2), 3), (1, 7, 3.5)]),), dict(apart=4.0, lowest=3.0)


def _hills(peaks):
    """Raise cones of these rows, columns and heights on a plane of 6 × 10 pixels."""
    rows, columns = np.indices((6, 10))
    return np.max([np.maximum(high - np.hypot(rows - y, columns - x), 0.0) for y, x, high in peaks], axis=0).round(2)


def _seeds(distance, apart, lowest, *, away=np.hypot, near=np.less, order=None, low=np.less):
    """Follow the prompt but for the step that is given in another way."""
    seeds = []
    for place in np.argsort(-distance, axis=None, kind="stable") if order is None else order:
        row, column = np.unravel_index(place, distance.shape)
        if low(distance[row, column], lowest):
            continue
        if not any(near(away(abs(row - y), abs(column - x)), apart) for y, x in seeds):
            seeds.append((int(row), int(column)))
    return np.array(seeds)


@exercise.misconception("row and column swapped", loses={"one seed", "far apart", "ties", "low peaks"})
def _(distance, **options):
    """Your columns come first. Return the row, then the column."""
    return watershed_seeds(distance, **options)[:, ::-1]


@exercise.misconception("in reading order", loses={"one seed", "far apart", "ties", "low peaks"})
def _(distance, *, apart, lowest):
    """You go through the pixels in reading order, and a pixel on a slope keeps its peak away. Begin at the largest
    distance.
    """
    return _seeds(distance, apart, lowest, order=np.arange(distance.size))


@exercise.misconception("from low to high", loses={"one seed", "far apart", "ties", "low peaks"})
def _(distance, *, apart, lowest):
    """You begin with the smallest distance. Begin with the largest: np.argsort sorts upwards."""
    return _seeds(distance, apart, lowest, order=np.argsort(distance, axis=None, kind="stable"))


@exercise.misconception("equal ones from the end", loses={"far apart", "ties"})
def _(distance, *, apart, lowest):
    """Of equal distances you take the last first: [::-1] reverses them, too. Sort −distance with kind="stable"."""
    return _seeds(distance, apart, lowest, order=np.argsort(distance, axis=None, kind="stable")[::-1])


@exercise.misconception("farther than apart", loses={"far apart", "ties"})
def _(distance, *, apart, lowest):
    """You skip a pixel whose distance to a seed equals apart. At least apart is far enough."""
    return _seeds(distance, apart, lowest, near=np.less_equal)


@exercise.misconception("chessboard distance", loses={"far apart"})
def _(distance, *, apart, lowest):
    """Along a diagonal you take the larger of the two offsets. A straight line is the root of the sum of squares."""
    return _seeds(distance, apart, lowest, away=max)


@exercise.misconception("city-block distance", loses={"far apart", "ties"})
def _(distance, *, apart, lowest):
    """You add rows and columns. A straight line is the root of the sum of squares."""
    return _seeds(distance, apart, lowest, away=np.add)


@exercise.misconception("no lower limit", loses={"far apart", "ties", "low peaks"})
def _(distance, *, apart, lowest):
    """You let pixels become seeds whose distance is below lowest. They are noise, or background."""
    return _seeds(distance, apart, -np.inf)


@exercise.misconception("higher than the limit", loses={"low peaks"})
def _(distance, *, apart, lowest):
    """You skip pixels whose distance equals lowest. At least lowest is enough."""
    return _seeds(distance, apart, lowest, low=np.less_equal)


@exercise.misconception("the highest only", loses={"far apart", "ties", "low peaks"})
def _(distance, *, apart, lowest):
    """You return the highest pixel alone. Go on with those far enough from it."""
    return watershed_seeds(distance, apart=apart, lowest=lowest)[:1]


@exercise.misconception("kept away by what is no seed", loses={"far apart", "ties"})
def _(distance, *, apart, lowest):
    """You let every higher pixel nearby keep a pixel away. Only seeds do: one that was skipped keeps nobody away."""
    order = np.argsort(-distance, axis=None, kind="stable")
    rows, columns = np.unravel_index(order, distance.shape)
    kept = []
    for n, (row, column) in enumerate(zip(rows, columns, strict=True)):
        far = np.hypot(rows[:n] - row, columns[:n] - column) >= apart
        if distance[row, column] >= lowest and far.all():
            kept.append((int(row), int(column)))
    return np.array(kept)


@exercise.misconception("last seed only", loses={"far apart", "ties"})
def _(distance, *, apart, lowest):
    """You compare a pixel with the seed found last. It must be far enough from every seed."""
    seeds = []
    for place in np.argsort(-distance, axis=None, kind="stable"):
        row, column = np.unravel_index(place, distance.shape)
        high = distance[row, column] >= lowest
        if high and (not seeds or np.hypot(row - seeds[-1][0], column - seeds[-1][1]) >= apart):
            seeds.append((int(row), int(column)))
    return np.array(seeds)


@exercise.misconception("sorted at the end", loses={"far apart"})
def _(distance, **options):
    """You sort the seeds by row and column. Return them in the order in which they are found, the highest first."""
    return np.array(sorted(watershed_seeds(distance, **options).tolist()))


@exercise.variant("equal ones from the end")
def _(distance, *, apart, lowest):
    return _seeds(distance, apart, lowest, order=np.argsort(distance, axis=None)[::-1])  # by a sort that is not stable
