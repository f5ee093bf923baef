"""Compare what an answer returned with what the reference did, and say in one sentence how they differ."""

from collections.abc import Callable
from typing import Any

import numpy as np

TOLERANCE = 1e-5
"""Numbers agree within TOLERANCE · (1 + |expected|): loose enough for float32, far tighter than any mistake."""

MAX_COPY = 1 << 20
"""Entries of an array that an answer may return and use again; no exercise asks for so many."""

SEQUENCES = (list, tuple, range)
"""What may stand for an array."""

MAX_DEPTH = 8
"""Lists in lists that are looked into; one that holds itself has no end."""


def difference(expected: Any, value: Any, accepts: Callable[[np.ndarray], str] | None = None) -> str:
    """Say in one sentence how a value differs from the expected one; nothing if it does not, or is accepted.

    Args:
        expected: What the reference returned.
        value: What the answer returned, of any type.
        accepts: Judges an array in the place of a comparison, where several answers are right.

    Raises:
        TypeError: If the reference returned something that cannot be compared.
    """
    if value is None:
        return "Your function returned None: is a return missing?"
    if type(value) is np.ndarray and value.shape == ():
        value = value[()]  # an array without axes holds one number
    if isinstance(expected, np.ndarray):
        return _array_problem(expected, value, accepts)
    if type(expected) is not bool and isinstance(expected, int | np.integer):
        return _int_problem(int(expected), value)
    if isinstance(expected, float | np.floating):
        return _float_problem(float(expected), value)
    name = type(expected).__name__
    raise TypeError(f"a reference must return an int, a float or an np.ndarray; this one returned {name}")


def _int_problem(expected: int, value: Any) -> str:
    # Exact types: True is an int to Python, but no size. A float that is whole may stand for an int.
    if is_float(value) and (not np.isfinite(value) or value != np.trunc(value)):
        return "Your function returned a float that is no whole number; return an int: // or int(...) makes one."
    if not is_float(value) and type(value) is not int and not isinstance(value, np.integer):
        return f"Your function returned a value of type {type(value).__name__}; return an int."
    excess = int(value) - expected
    if excess == 0:
        return ""
    return f"Your number is too {'large' if excess > 0 else 'small'}."


def is_float(value: Any) -> bool:
    """Tell a float, also as a NumPy scalar or an array without axes."""
    if type(value) is np.ndarray and value.shape == ():
        value = value[()]
    return type(value) is float or isinstance(value, np.floating)


def _float_problem(expected: float, value: Any) -> str:
    if type(value) not in (int, float) and not isinstance(value, np.integer | np.floating):
        return f"Your function returned a value of type {type(value).__name__}; return a number."
    if type(value) is int and value.bit_length() > 63:  # too long for NumPy to look at, and for any answer
        return f"Your number is too {'large' if value > 0 else 'small'}."
    if not np.isfinite(value):
        return f"Your number is {float(value)}: is something divided by 0, or too large for a float?"
    if np.isclose(value, expected, rtol=TOLERANCE, atol=TOLERANCE):
        return ""
    if rounded := _rounded(np.array(expected), np.array(value)):
        return f"Your number is right but for {rounded}. Return it as it is."
    return f"Your number is too {'large' if value > expected else 'small'}."


def _array_problem(expected: np.ndarray, value: Any, accepts: Callable[[np.ndarray], str] | None) -> str:
    # Subclasses are turned down: a matrix compares by rules of its own, and so does a masked array that hides a value.
    kind = "array" if type(value) not in SEQUENCES else type(value).__name__
    if type(value) is np.ma.MaskedArray and not np.ma.is_masked(value):
        value = np.array(value.data)
    if type(value) in SEQUENCES:
        array = as_array(value)
        if array is None:
            return f"Your function returned a {type(value).__name__} that is no array of numbers; try np.array(...)."
        value = array
    if type(value) is not np.ndarray:
        return f"Your function returned a value of type {type(value).__name__}; return a NumPy array."
    mask = expected.dtype.kind == "b"
    if value.dtype.kind not in ("b" if mask else "fiu"):
        wanted = "True and False: bool" if mask else "real numbers: float or int"
        return f"Your {kind} has dtype {value.dtype}; it should hold {wanted}."
    if value.shape != expected.shape:
        return f"Your {kind} has shape {value.shape}; it should have shape {expected.shape}."
    if not np.isfinite(value).all():
        return f"Your {kind} holds {value[~np.isfinite(value)][0]}: is something divided by 0, or never filled in?"
    if accepts is not None:
        return accepts(value)
    wrong = np.argwhere(differs(expected, value))
    if len(wrong) == 0:
        return ""
    if not mask and (rounded := _rounded(expected, value)):
        return f"Your {kind} is right but for {rounded}. Return it as it is."
    first = tuple(wrong[0])
    index = ", ".join(str(axis) for axis in first)
    got, right = (str(array[first]) if mask else f"{array[first]:.8g}" for array in (value, expected))
    problem = f"Your {kind} differs first at index [{index}]: {got}, where {right} is expected."
    if kind == "array" and value.dtype.kind in "iu" and expected.dtype.kind == "f" and expected[first] % 1:
        problem += f" Its dtype is {value.dtype}: it holds whole numbers, and fractions are cut off."
    return problem


def _rounded(expected: np.ndarray, value: np.ndarray) -> str:
    """Say that a wrong value is the right one after np.round; fewer than three places may be chance."""
    if expected.dtype.kind == "f" and value.dtype.kind == "f":
        for places in range(3, 8):
            if np.allclose(value, np.round(expected, places), rtol=0, atol=1e-9):
                return f"rounding: it has {places} decimal places"
    return ""


def differs(expected: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Mark the entries that are wrong. A count or an id must be exact, however large; a float may be a little off."""
    relative = TOLERANCE if expected.dtype.kind == "f" else 0
    return ~np.isclose(value, expected, rtol=relative, atol=TOLERANCE)


def as_array(value: Any) -> np.ndarray | None:
    """Take an array of real numbers as it is, and make one of lists and tuples of such, nested evenly; else nothing."""
    if type(value) is np.ndarray:
        return value if value.dtype.kind in "bfiu" else None
    if type(value) is range:
        value = list(value[:MAX_COPY])
    leaves = [value]
    for _ in range(MAX_DEPTH):
        if not any(type(leaf) in (list, tuple) for leaf in leaves):
            break
        if not all(type(leaf) in (list, tuple) for leaf in leaves) or len({len(leaf) for leaf in leaves}) > 1:
            return None
        leaves = [item for leaf in leaves for item in leaf]
    if any(type(leaf) is np.ndarray for leaf in leaves):
        parts = {(leaf.shape, leaf.dtype.kind in "bfiu") if type(leaf) is np.ndarray else None for leaf in leaves}
        return np.array(value) if len(parts) == 1 and all(part and part[1] for part in parts) else None
    plain = all(type(leaf) in (bool, int, float) or isinstance(leaf, np.generic) for leaf in leaves)
    return np.array(value) if plain else None
