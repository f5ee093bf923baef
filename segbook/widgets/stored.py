"""What figures store of networks: pictures as data addresses, maps of whole numbers as letters."""

import base64
from itertools import groupby
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase

import numpy as np

LETTERS = ascii_uppercase + ascii_lowercase


def address(picture: Path) -> str:
    """Write a PNG as an address that holds all of it.

    Args:
        picture: The file.
    """
    return f"data:image/png;base64,{base64.b64encode(picture.read_bytes()).decode()}"


def letters(tile: np.ndarray) -> str:
    """Write a map row by row: a letter for each value from 0 to 51, and behind it how often it follows, if not once.

    Args:
        tile: Whole numbers.

    >>> letters(np.array([[0, 0], [0, 27]]))
    'A3b'
    """
    runs = ((value, len([*run])) for value, run in groupby(tile.ravel().tolist()))
    return "".join(f"{LETTERS[value]}{count if count > 1 else ''}" for value, count in runs)
