"""1.3: how many objects a semantic map loses."""

import numpy as np

from segbook.exercises.chapter01.scenes import turned
from segbook.exercises.declaration import Exercise

exercise = Exercise(
    id="1.3",
    title="What a semantic map loses",
    level=3,
    points={"apart": 1, "two touch": 1, "heaps": 1, "cut": 2},
    prompt="""\
A region of a semantic map is a piece of it: all pixels of one class, not background, that are connected through their
edges. Corners do not connect. If several objects have pixels in one region, the map no longer tells them apart: of
three objects it loses two.

Write `lost_instances`: from a map of ids, 0 for background, and the class of each id, `classes[id]`, return how many
objects are lost in all regions together: the sum of (objects in the region − 1) over all regions. An object that
another one cuts in two may lie in two regions; that is no loss, but the object is counted in both. `classes` may be
longer than the map needs, because some ids do not occur. `classes[0]` is 0, the background's class; no other id has
class 0.

One way to find a region is to fill it. Start at an object's pixel that has no number yet, give it a new one, and put it
on a list. As long as the list is not empty, take a pixel off it; those of its four neighbours that have the same class
and no number yet get the number, too, and go on the list.""",
    hints=(
        "First make the semantic map. Then find its regions: pixels of one class that touch along their edges.",
        "For each region, look at the map of ids again: how many different ids have pixels in it?",
        "A region with m ids loses m − 1 objects. Add up over the regions of every class but the background.",
    ),
)


@exercise.reference
def lost_instances(instances: np.ndarray, classes: np.ndarray) -> int:
    """Count the objects that are lost in the regions of the semantic map.

    >>> lost_instances(np.array([[1, 2, 2, 3]]), np.array([0, 1, 1, 2]))
    1
    >>> lost_instances(np.array([[1, 2, 3, 2, 1]]), np.array([0, 1, 1, 2]))
    2
    """
    ids = np.pad(instances, 1)  # a border of background: every pixel of an object has four neighbours
    labels = np.pad(classes[instances], 1)
    numbered, lost = labels == 0, 0
    for start in np.ndindex(labels.shape):
        found, waiting = set(), [start]
        while waiting:  # fill the region of this pixel, unless that is done
            row, column = waiting.pop()
            if not numbered[row, column] and labels[row, column] == labels[start]:
                numbered[row, column] = True
                found.add(int(ids[row, column]))
                waiting += [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
        lost += max(len(found) - 1, 0)
    return lost


# Ids of small scenes by what happens in them; the tables give the class of each id.
APART = (
    ("11002200\n11002200\n00000033", [0, 1, 1, 2]),
    ("11110000\n11022000\n00022003", [0, 1, 2, 1]),  # neighbours of two classes
    ("11100000\n00022233\n00022233", [0, 1, 1, 2]),  # a corner, and two classes
    ("11220033\n11000033\n00000000", [0, 3, 3, 1]),  # one is lost, lest 0 be always right
)
TOUCH = (
    ("11220000\n11220033\n00000033", [0, 1, 1, 2]),
    ("01100000\n01122033\n00022033", [0, 2, 2, 2]),
    ("11122200\n00000000\n33344400", [0, 1, 1, 2, 2]),
    ("112200\n112200", [0, 1, 1]),
    ("1122\n1122", [0, 1, 1]),  # no background
    ("01\n21", [0, 1, 1]),  # seen row by row, the region begins at its right
)
HEAP = (
    ("11122200\n11122200\n03333000\n03333044", [0, 1, 1, 1, 2]),
    ("00112200\n00112200\n00331100\n00333300", [0, 1, 1, 1]),
    ("11220\n11220\n44330\n44330", [0, 1, 1, 1, 1]),
    ("11223344\n11223344\n00000000\n00000000", [0, 1, 1, 1, 1]),
    ("10022000\n11333000\n00000000\n00000000", [0, 1, 1, 1]),  # what begins apart comes together below
    ("0000\n1002\n1002\n1333", [0, 1, 1, 1]),  # down, and up again
    ("00001\n00321", [0, 1, 1, 1]),  # to the left
)
CUT = (
    ("00020000\n11121130\n00020030", [0, 1, 2, 2]),
    ("11121133\n11121133\n00020000", [0, 1, 2, 1]),
    ("22200000\n11333110\n00333110", [0, 1, 1, 2]),
    ("33433000\n11422000\n00000000", [0, 1, 1, 1, 2]),  # the one that is cut meets another in either piece
)


@exercise.cases
def cases(rng):
    """Draw objects apart, two that touch, heaps, and objects that another one cuts in two."""
    large = np.zeros(301, dtype=int)
    large[[44, 300]] = 1
    yield "two touch", (np.array([[300, 300, 44, 0]]), large)  # one id, modulo 256
    for group, scenes in (("apart", APART), ("two touch", TOUCH), ("heaps", HEAP), ("cut", CUT)):
        for rows, classes in scenes:
            instances = np.array([[int(digit) for digit in row] for row in rows.split()])
            yield group, (instances, np.array(classes))
        for _ in range(4):
            rows, classes = scenes[rng.integers(len(scenes))]
            instances = np.array([[int(digit) for digit in row] for row in rows.split()])
            yield group, _renumbered(rng, turned(rng, instances), np.array(classes))


def _renumbered(rng: np.random.Generator, instances: np.ndarray, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the objects other ids, with gaps: the table has a class for ids that no pixel carries, too."""
    ids = np.append(0, rng.permutation(np.arange(1, 12))[: len(classes) - 1])
    table = rng.integers(1, 3, 12)
    table[ids] = classes
    return ids[instances], table


def _regions(labels, *, corners=False):
    """Number the connected regions of equal labels."""
    regions = np.arange(labels.size).reshape(labels.shape)
    steps = [(-1, 0), (1, 0), (0, -1), (0, 1)] + corners * [(-1, -1), (-1, 1), (1, -1), (1, 1)]
    before = None
    while not np.array_equal(regions, before):
        before = regions
        for step in steps:
            same = labels == np.roll(labels, step, (0, 1))
            regions = np.where(same, np.minimum(regions, np.roll(regions, step, (0, 1))), regions)
    return regions


def _lost(instances, labels, **options):
    ids, regions = np.pad(instances, 1), _regions(np.pad(labels, 1), **options)
    pairs = set(zip(regions[ids > 0].tolist(), ids[ids > 0].tolist(), strict=True))
    return len(pairs) - len({region for region, _ in pairs})


@exercise.misconception("classes pooled", loses={"apart", "cut"})
def _(instances, classes):
    """You treat everything that is not background as one class. In a semantic map, neighbours of different classes stay
    apart.
    """
    return _lost(instances, instances > 0)


@exercise.misconception("corners connect", loses={"apart"})
def _(instances, classes):
    """In your regions, pixels connect through their corners. Here they connect only through a common edge."""
    return _lost(instances, classes[instances], corners=True)


def _pairs(instances, classes):
    """The pairs of touching objects of one class."""
    sides = ((instances[:, :-1], instances[:, 1:]), (instances[:-1], instances[1:]))
    found = [pair for a, b in sides for pair in zip(a.ravel().tolist(), b.ravel().tolist(), strict=True)]
    return {tuple(sorted((a, b))) for a, b in found if a != b and a and b and classes[a] == classes[b]}


@exercise.misconception("pairs counted", loses={"heaps"})
def _(instances, classes):
    """You count pairs that touch. Three objects that all touch each other make three pairs and one region, which loses
    two.
    """
    return len(_pairs(instances, classes))


@exercise.misconception("every object that touches", loses={"apart", "two touch", "heaps", "cut"})
def _(instances, classes):
    """You count every object that touches another of its class. But one region of m objects is still there, so it loses
    only m − 1.
    """
    return len({number for pair in _pairs(instances, classes) for number in pair})


@exercise.misconception("objects minus regions", loses={"cut"})
def _(instances, classes):
    """You subtract the number of regions from the number of objects. An object cut in two adds a region and so hides a
    loss; go region by region.
    """
    ids, regions = np.pad(instances, 1), _regions(np.pad(classes[instances], 1))
    return len(np.unique(ids)) - 1 - len(np.unique(regions[ids > 0]))


@exercise.misconception("rows only", loses={"two touch", "heaps", "cut"})
def _(instances, classes):
    """Your regions grow along rows only. Pixels above and below each other connect through an edge, too."""
    labels = classes[instances]
    apart = np.arange(1, len(labels) + 1)[:, None] * (labels.max() + 1)
    return _lost(instances, np.where(labels > 0, labels + apart, 0))


@exercise.misconception("background is an object", loses={"apart", "two touch", "heaps", "cut"})
def _(instances, classes):
    """You count the background as an object of the first class. Id 0 is no object and loses nothing."""
    labels = np.maximum(classes, 1)[instances]
    return _lost(instances + 1, labels)


@exercise.misconception("at most one", loses={"two touch", "heaps", "cut"})
def _(instances, classes):
    """You never return more than 1. A region of m objects loses m − 1, and every region counts."""
    return min(lost_instances(instances, classes), 1)


@exercise.misconception("each object once", loses={"cut"})
def _(instances, classes):
    """You collect the ids that are lost, so one that is lost in two regions counts once. Add up region by region."""
    labels = classes[instances]
    regions = _regions(np.pad(labels, 1))[1:-1, 1:-1]
    found = set()
    for region in np.unique(regions[labels > 0]):
        found |= set(np.unique(instances[regions == region])[1:].tolist())
    return len(found)


@exercise.misconception("length of the table", loses={"apart", "two touch", "heaps", "cut"})
def _(instances, classes):
    """You take the length of the table classes for the number of objects. It may hold ids that no pixel carries."""
    ids, regions = np.pad(instances, 1), _regions(np.pad(classes[instances], 1))
    return len(classes) - 1 - len(np.unique(regions[ids > 0]))


@exercise.misconception("ids in eight bits", loses={"two touch"})
def _(instances, classes):
    """You store the ids in eight bits, where 300 becomes 44, so two objects become one."""
    return lost_instances(instances.astype(np.uint8), classes)


@exercise.variant("every object that touches")
def _(instances, classes):
    ids, regions = np.pad(instances, 1), _regions(np.pad(classes[instances], 1))
    pairs = set(zip(regions[ids > 0].tolist(), ids[ids > 0].tolist(), strict=True))
    held = [region for region, _ in pairs]
    return sum(held.count(region) for region in set(held) if held.count(region) > 1)  # once for each region
