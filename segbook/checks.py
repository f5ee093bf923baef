"""What the package says when a value is out of range: the name, what is allowed, and what was given. Needs no torch."""

import sys
from numbers import Integral, Real
from typing import Any


def check_number(
    name: str, value: Any, least: int | float = 0, most: int | float | None = None, *, whole: bool = False
) -> None:
    """Refuse a setting that is no number, or none of the allowed ones.

    Args:
        name: Of the setting, as the caller knows it.
        value: What was given.
        least: The smallest allowed value.
        most: The largest allowed value; without one, any finite number.
        whole: Whether only whole numbers will do.

    Raises:
        ValueError: If the value is not a number (True and False are not), not finite, or out of range.

    >>> check_number("gap", -1, whole=True)
    Traceback (most recent call last):
    ValueError: gap must be a whole number of at least 0: got -1
    """
    if not _is_number(value, whole) or not least <= value <= (most if most is not None else sys.float_info.max):
        kind = "a whole number" if whole else "a number"
        allowed = f"of at least {least:g}" if most is None else f"from {least:g} to {most:g}"
        raise ValueError(f"{name} must be {kind} {allowed}: got {value!r}")


def height_and_width(size: Any, least: int = 1, most: tuple[int, int] | None = None) -> tuple[int, int]:
    """Read a size that is one number for both sides, or a pair.

    Args:
        size: What was given, in pixels.
        least: The smallest side allowed.
        most: The largest height and width allowed.

    Raises:
        ValueError: If it is neither, or a side is no whole number or out of range.

    >>> height_and_width(64), height_and_width((48, 64))
    ((64, 64), (48, 64))
    """
    pair = tuple(size) if isinstance(size, (tuple, list)) else (size, size)
    if len(pair) != 2:
        raise ValueError(f"size must be one number or height and width: got {len(pair)} numbers, {pair}")
    for value, limit in zip(pair, most or (None, None), strict=True):
        check_number("size", value, least, limit, whole=True)
    return pair


def _is_number(value: Any, whole: bool) -> bool:
    return isinstance(value, Integral if whole else Real) and not isinstance(value, bool)
