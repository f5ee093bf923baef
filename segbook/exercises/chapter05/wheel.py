"""5.4: a wheel in a film, which seems to turn more slowly than it does, or backwards."""

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="5.4",
    title="A wheel in a film",
    level=3,
    points={"clockwise": 1, "backwards": 1, "fast": 2},
    prompt="""\
A film samples time: what happens between two pictures is never seen. The camera takes `frames` pictures a second. A
wheel turns clockwise, `turns` times a second, and may move by more than one spoke from picture to picture. Its spokes
are evenly spaced and look alike, so one can be mistaken for another; their number is `spokes`. From picture to picture,
viewers believe the smallest movement that fits what they see. How many times a second does the wheel seem to turn?
Clockwise counts as positive, counter-clockwise as negative, and a wheel that seems to stand still turns 0 times.

Write `apparent_turns`: return this number. The tests avoid ties, where a step forwards and an equal step backwards
would fit equally well.""",
    hints=(
        "A wheel with 4 spokes looks the same after a quarter of a turn. Which movements between two pictures can you "
        "not tell apart?",
        "From picture to picture the wheel moves by turns · spokes / frames distances between spokes. Whole distances "
        "cannot be seen; if more than half a distance is left, a small step backwards fits better.",
        "Subtract the nearest whole number from these distances, and turn what is left back into turns a second: "
        "times frames, divided by spokes.",
    ),
)


@exercise.reference
def apparent_turns(turns: float, spokes: int, frames: float) -> float:
    """Return how many times a second a filmed wheel seems to turn.

    >>> apparent_turns(2.0, 3, 24.0)
    2.0
    >>> apparent_turns(7.0, 3, 24.0)
    -1.0
    """
    distances = turns * spokes / frames  # between neighbouring spokes, from picture to picture
    return (distances - round(distances)) * frames / spokes


@exercise.cases
def cases(rng):
    """Draw wheels that seem to turn clockwise, slow and fast ones; that seem to turn backwards; and fast ones of all
    kinds.
    """
    yield "clockwise", (1.0, 4, 24.0)
    yield "backwards", (5.0, 4, 24.0)
    yield "fast", (7.0, 4, 24.0)
    yield "fast", (10.0, 4, 24.0)
    yield "fast", (6.0, 8, 24.0)  # it seems to stand still
    yield "clockwise", (13.0, 4, 24.0)
    yield "clockwise", (3.0, 1, 25.0)
    yield "backwards", (20.0, 1, 25.0)
    yield "fast", (34.0, 1, 25.0)
    for _ in range(4):
        spokes, frames = whole(rng, 2, 12), float(whole(rng, 12, 60))
        part, more = whole(rng, 1, 9) / 20, whole(rng, 1, 5)  # distances between two spokes
        yield "clockwise", (part * frames / spokes, spokes, frames)
        yield "backwards", ((1 - part) * frames / spokes, spokes, frames)
        yield "fast", ((more + part) * frames / spokes, spokes, frames)
        yield "fast", ((more + 1 - part) * frames / spokes, spokes, frames)


@exercise.misconception("what the wheel really does", loses={"clockwise", "backwards", "fast"})
def _(turns, spokes, frames):
    """You return what the wheel does, not what the film shows. How far does a spoke move from picture to picture, and
    where is its neighbour then?
    """
    return turns


@exercise.misconception("one spoke", loses={"clockwise", "backwards", "fast"})
def _(turns, spokes, frames):
    """Your result does not depend on the number of spokes. With more of them, the wheel looks the same after a smaller
    part of a turn.
    """
    return apparent_turns(turns, 1, frames)


@exercise.misconception("never backwards", loses={"backwards", "fast"})
def _(turns, spokes, frames):
    """You only take whole distances away. A spoke that moves by five sixths of the distance to the next one seems to
    move back by one sixth.
    """
    return (turns * spokes / frames) % 1 * frames / spokes


@exercise.misconception("direction lost", loses={"backwards", "fast"})
def _(turns, spokes, frames):
    """You return the right speed without its direction. Where the wheel seems to turn backwards, it is negative."""
    return abs(apparent_turns(turns, spokes, frames))


@exercise.misconception("as fast as can be seen", loses={"clockwise", "backwards", "fast"})
def _(turns, spokes, frames):
    """You stop at the fastest turn that the film can show. A wheel that is faster seems slower again."""
    return min(turns, frames / spokes / 2)


@exercise.misconception("distances a second", loses={"clockwise", "backwards", "fast"})
def _(turns, spokes, frames):
    """You count distances between spokes. As many of them as there are spokes make one turn."""
    return apparent_turns(turns, spokes, frames) * spokes


@exercise.misconception("per picture", loses={"clockwise", "backwards", "fast"})
def _(turns, spokes, frames):
    """You return how far the wheel seems to turn from one picture to the next. The question is how far in a second."""
    return apparent_turns(turns, spokes, frames) / frames


@exercise.misconception("folded once", loses={"clockwise", "fast"})
def _(turns, spokes, frames):
    """You take one distance away at most. A fast wheel can move by several between two pictures."""
    distances = turns * spokes / frames
    return (distances - (distances > 0.5)) * frames / spokes
