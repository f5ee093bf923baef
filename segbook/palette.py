"""The book's colours: Okabe–Ito, distinguishable with every common colour vision.

One thing keeps one colour through the whole book. Live figures get theirs from here too
(`segbook.widgets` writes them into the figure's style sheet), so Python and JavaScript cannot drift apart.

Source: Okabe & Ito (2008), Color Universal Design, https://jfly.uni-koeln.de/color/.
"""

from functools import cache
from itertools import product
from math import cbrt, dist, inf

ORANGE = "#E69F00"
SKY = "#56B4E9"
GREEN = "#009E73"
YELLOW = "#F0E442"
BLUE = "#0072B2"
VERMILION = "#D55E00"
PURPLE = "#CC79A7"
GREY = "#8A8F98"

# The order in which samples, stamps and groups take their colours: neighbours differ in hue and in lightness.
# Yellow is left out, which vanishes on white, and vermilion, which is kept for the focus.
CYCLE = (BLUE, ORANGE, GREEN, PURPLE, SKY, GREY)

SKIPS = {"concat": BLUE, "sum": GREEN, "none": PURPLE}  # of a network, by their kind

FOCUS = VERMILION  # the one thing the text is talking about

# A class keeps its colour through the whole book: 0 is background, drawn so light that the others stand out.
CLASSES = ("#E9ECEF", BLUE, ORANGE, GREEN, PURPLE, SKY, YELLOW, VERMILION)
IGNORED = "#C4C8CE"  # under a hatch: never by colour alone

# What is left of red, green and blue for who sees all of them, or lacks the long, the middle or the short cones.
VISIONS = (
    ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
)
# From linear red, green and blue to the three cones, and from their cube roots to lightness and two hues.
OKLAB = (
    (
        (0.4122214708, 0.5363325363, 0.0514459929),
        (0.2119034982, 0.6806995451, 0.1073969566),
        (0.0883024619, 0.2817188376, 0.6299787005),
    ),
    (
        (0.2104542553, 0.7936177850, -0.0040720468),
        (1.9779984951, -2.4285922050, 0.4505937099),
        (0.0259040371, 0.7827717662, -0.8086757660),
    ),
)


@cache
def class_colors(num_classes: int) -> tuple[str, ...]:
    """Give every class a colour: the eight of the book, then others, each as far as can be from all before it.

    The distance of two colours is the smallest that they have for someone without one kind of cones, or two fifths of
    what it is with all three, whichever is smaller. From about a dozen classes on, no choice keeps all of them apart
    for everyone, so pictures number them.

    Args:
        num_classes: How many, up to 256.

    Returns:
        Colours as `#RRGGBB`; those of fewer classes are the first of those of more.

    Raises:
        ValueError: If there are more classes.

    Source: distances in OKLab (Ottosson, 2020); colour blindness as Machado, Oliveira & Fernandes (2009) simulate it.

    >>> class_colors(3)
    ('#E9ECEF', '#0072B2', '#E69F00')
    """
    if num_classes > 256:
        raise ValueError(f"there are 256 class colours: got {num_classes} classes")
    colours = [*CLASSES]
    steps = (*range(0, 256, 32), 255)
    every = [f"#{red:02X}{green:02X}{blue:02X}" for red, green, blue in product(steps, repeat=3)]
    free = {colour: inf for colour in every if _seen(colour)[0][0] > 0.35}  # letters on it can be read
    near = [*CLASSES, IGNORED, "#FFFFFF"]  # the paper
    while len(colours) < num_classes:
        free = {colour: min(room, *(_distance(colour, other) for other in near)) for colour, room in free.items()}
        near = [max(free, key=lambda colour: round(free[colour], 9))]
        colours += near
    return tuple(colours[:num_classes])


def _distance(one: str, other: str) -> float:
    full, *lacking = map(dist, _seen(one), _seen(other))
    return min(0.4 * full, *lacking)


@cache
def _seen(colour: str) -> list[list[float]]:
    """Place a colour in OKLab, once for each vision."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    to_cones, to_oklab = OKLAB
    return [_turned(to_oklab, [cbrt(cone) for cone in _turned(to_cones, _turned(v, linear))]) for v in VISIONS]


def _turned(matrix: tuple[tuple[float, ...], ...], vector: list[float]) -> list[float]:
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]
