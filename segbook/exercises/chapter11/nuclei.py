"""11.4: from a network's probabilities to nuclei, as well as one can; scored, not compared."""

import io
from functools import cache, partial
from pathlib import Path

import numpy as np

from segbook.exercises.declaration import Exercise

LEVELS = 50
LEAST = {"AP above 0.45": 0.45, "AP above 0.55": 0.55, "AP above 0.63": 0.63}

exercise = Exercise(
    id="11.4",
    title="As many nuclei as you can",
    level=3,
    points={"AP above 0.45": 1, "AP above 0.55": 2, "AP above 0.63": 2},
    prompt="""\
This exercise has no single right answer: your objects are scored. You get the answer of one of the chapter's U-Nets,
the probability of a nucleus at every pixel, for parts of 12 test images. You give every pixel the id of its object, or
0. Above ½, most nuclei that touch form one connected region.

Write `find_nuclei`: from `probs` of shape `(N, H, W)`, floats between 0 and 1, return whole numbers of at least 0 of
the same shape. Every id of an image is one object; ids of different images are unrelated. The score is
the AP at an IoU of 0.5: the number of hits divided by the sum of hits, false alarms and misses, counted over all images
together. A hit is an object whose IoU with a nucleus is above 0.5; every other object is a false alarm, and every
nucleus that no object hits is a miss. Connected regions above ½ have an AP of 0.52, and above the best threshold 0.57;
a watershed of distances has 0.65 at ½ and 0.68 at its best threshold. Points are given for an AP above 0.45, above 0.55
and above 0.63.

You tune your answer on the images on which it is scored, so the score flatters: unlike in the chapter, nothing is left
for a test. When a class is graded, the images are the same ones; they always come in another order, turned and mirrored
at random. You may use NumPy only: neither the page nor the grader has scipy or scikit-image. To look at the
probabilities yourself: `from segbook.exercises import get`, then `probs = get("11.4").draw(0)[0].args[0]`.""",
    hints=(
        "First make it work: number the connected regions above ½. Give every pixel above ½ a number of its own, and "
        "let it take the largest one among itself and its neighbours above ½, until nothing changes. What do most of "
        "the errors have in common then?",
        "Seen as a landscape, two nuclei that touch are one hill with two tops. Blur the probabilities above ½, and "
        "let every pixel walk uphill: those that arrive at the same top belong together. Means over 3 × 3 pixels take "
        "six to nine rounds: after fewer, a hill still has many small tops.",
        "Let parent hold, for each pixel, the index of the highest of itself and its eight neighbours. Then let every "
        "pixel point to where its parent points: parent = parent.ravel()[parent]. Each round doubles how far the "
        "pointers lead, so ten rounds reach the top of any hill here. np.roll moves a map by a pixel, but what leaves "
        "on one side comes back on the other: first add a border of zeros, as wide as the blurs reach.",
    ),
)


@exercise.reference
def find_nuclei(probs: np.ndarray) -> np.ndarray:
    """Give every pixel of a nucleus the id of its object, and all others 0.

    >>> find_nuclei(np.zeros((1, 4, 4))).max()
    np.int64(0)
    """
    # A border of 9: np.roll comes round, and 8 blurs and a step uphill reach 9 pixels far.
    padded = np.pad(probs, ((0, 0), (9, 9), (9, 9)))
    mask = padded > 0.5
    height = mask * padded
    for _ in range(8):
        for axis in (1, 2):
            height = (np.roll(height, 1, axis) + height + np.roll(height, -1, axis)) / 3
    # Each pixel points to the index of the highest of itself and its eight neighbours, whose height is in `top`.
    top, parent = height.copy(), np.arange(height.size).reshape(height.shape)
    for step in [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)]:
        moved, index = (np.roll(a, step, (1, 2)) for a in (height, np.arange(height.size).reshape(height.shape)))
        parent, top = np.where(moved > top, index, parent), np.maximum(moved, top)
    for _ in range(10):  # follow the pointers: each round doubles how far they lead, up to the hilltop
        parent = parent.ravel()[parent]
    return np.where(mask, parent + 1, 0)[:, 9:-9, 9:-9]


@exercise.cases
def cases(rng):
    """Turn, mirror and shuffle the stored parts; ask for more and more."""
    probs, truth = _stored()
    order = rng.permutation(len(probs))
    turns, mirrored = rng.integers(4, size=len(probs)), rng.integers(2, size=len(probs))
    given, ids = (
        np.stack([np.rot90(stack[n], turns[n])[:, :: 1 - 2 * mirrored[n]] for n in order]) for stack in (probs, truth)
    )
    for group, least in LEAST.items():
        yield group, (given,), {}, partial(_accepts, ids, least)


@cache
def _stored():
    """Read probabilities, each at the middle of its level, and ids; written by benchmarks/real_images.py."""
    with np.load(io.BytesIO(Path(__file__).with_name("nuclei.npz").read_bytes())) as file:
        return (file["levels"] + 0.5) / LEVELS, file["ids"].astype(np.int64)


def _accepts(truth, least, found):
    """Say what an answer lacks."""
    if found.dtype.kind == "f" and (found != np.trunc(found)).any():
        return f"Your array holds {found[found != np.trunc(found)][0]}; ids are whole numbers."
    if found.min() < 0:
        return f"Your array holds {found.min()}; ids are at least 0."
    hits, objects, cells, merged = np.sum([_count(*pair) for pair in zip(found, truth, strict=True)], axis=0)
    score = hits / (objects + cells - hits)
    if score > least:
        return ""
    pieces = (
        f" {objects - hits} of your objects hit nothing: are nuclei cut into pieces?" if objects > 1.2 * cells else ""
    )
    touching = (
        " Are nuclei that touch still one object? Cut it between their tops."
        if not pieces and objects > cells / 2 and merged > cells / 4
        else ""
    )
    return (
        f"Your objects have an AP of {score:.3f}, and more than {least} is needed: {objects} objects hit {hits} of "
        f"{cells} nuclei, and {merged} nuclei lie mostly in an object that holds another one, too.{pieces}{touching}"
    )


def _count(found, truth):
    """Count hits, objects, true cells and merged cells of one image."""
    objects, index = np.unique(np.append(found, 0), return_inverse=True)
    width = truth.max() + 1
    pairs = (index[:-1] * width + truth.ravel()).astype(np.intp)  # 32 bits wide in a browser
    table = np.bincount(pairs, minlength=len(objects) * width).reshape(-1, width)
    both, areas, sizes = table[1:, 1:], table[1:].sum(axis=1), table.sum(axis=0)[1:]
    hits = 2 * both > areas[:, None] + sizes - both
    held = (2 * both > sizes).sum(axis=1)
    return hits.sum(), len(areas), len(sizes), held[held > 1].sum()


def _pieces(mask):
    """Number connected regions: every pixel takes the largest index around it, and what stands there, again."""
    ids = np.where(mask, np.arange(mask.size).reshape(mask.shape), -1)
    while True:
        padded = np.pad(ids, ((0, 0), (1, 1), (1, 1)), constant_values=-1)
        sides = padded[:, 2:, 1:-1], padded[:, :-2, 1:-1], padded[:, 1:-1, 2:], padded[:, 1:-1, :-2]
        reached = np.where(mask, np.max([ids, *sides], axis=0), -1)
        reached = np.where(mask, reached.ravel()[reached], -1)
        if (reached == ids).all():
            return ids + 1
        ids = reached


@exercise.misconception("the mask itself", loses=set(LEAST))
def _(probs):
    """You return the mask: all pixels of an image have the id 1, so all its nuclei are one object. Number them."""
    return (probs > 0.5).astype(int)


@exercise.misconception("every pixel for itself", loses=set(LEAST))
def _(probs):
    """You give every pixel an id of its own. Pixels of one object need the same id."""
    return np.where(probs > 0.5, np.arange(1, probs.size + 1).reshape(probs.shape), 0)


@exercise.misconception("probabilities returned", loses=set(LEAST))
def _(probs):
    """You return probabilities. Return ids: whole numbers, one for each object."""
    return probs


@exercise.misconception("connected regions", loses={"AP above 0.55", "AP above 0.63"})
def _(probs):
    """You number the connected regions above ½, so nuclei that touch are one object. Cut such a region between its
    tops.
    """
    return _pieces(probs > 0.5)


@exercise.misconception("connected regions above 0.1", loses=set(LEAST))
def _(probs):
    """Your threshold is so low that the background between nuclei belongs to them. Raise it."""
    return _pieces(probs > 0.1)


@exercise.misconception("connected regions above 0.9", loses=set(LEAST))
def _(probs):
    """Your threshold is so high that only the middles of nuclei are left, too small to be hits. Lower it, or let the
    middles grow again.
    """
    return _pieces(probs > 0.9)
