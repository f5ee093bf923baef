"""What a picture file holds as stored, before anybody says whether it is an image or a mask.

TIFFs go to tifffile, which knows every depth and the axes, and to Pillow where a compression needs its decoders; all
else goes to Pillow. Pictures are turned upright as their orientation tag says; an alpha channel is dropped.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

LOSSY = {"JPEG", "MPO", "JPEG2000"}
LOSSY_TIFF = {6, 7, 33003, 33004, 33005, 34892}  # compressions: JPEG and JPEG 2000
TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
ORIENTATION = 274  # the tag; its values, and what turns each upright
TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda x: x,
    2: lambda x: x[:, ::-1],
    3: lambda x: x[::-1, ::-1],
    4: lambda x: x[::-1],
    5: lambda x: x.swapaxes(0, 1),
    6: lambda x: x.swapaxes(0, 1)[:, ::-1],
    7: lambda x: x.swapaxes(0, 1)[::-1, ::-1],
    8: lambda x: x.swapaxes(0, 1)[::-1],
}


class Refusal(ValueError):
    """A file that can be read and does not hold what is meant."""


@dataclass(frozen=True, eq=False)
class Decoded:
    """A picture as its file stores it.

    Attributes:
        values: (H, W) or (H, W, C), of any dtype, without alpha.
        palette: The colours (N, 3) that the values are indices of, if they are.
        lossy: Whether the compression changes values.
        white_is_zero: Whether 0 stands for white.
        shortened: Whether the file holds more bits than were read.
    """

    values: np.ndarray
    palette: np.ndarray | None = None
    lossy: bool = False
    white_is_zero: bool = False
    shortened: bool = False


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Put the path before whatever is said about a file.

    Args:
        path: Of the file.

    Raises:
        ValueError: With the path, in place of a refusal and of whatever a decoder raises; a file that is not there or
            may not be opened stays an OSError, which names it.
    """
    try:
        yield
    except Refusal as refusal:
        raise ValueError(f"{path}: {refusal}") from None
    except Exception as error:  # on broken files decoders raise nearly anything
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise ValueError(f"{path}: cannot be read, truncated or corrupt? ({type(error).__name__}: {error})") from error


def decode(path: Path) -> Decoded:
    """Read a picture file.

    Args:
        path: Of a PNG, a TIFF, a JPEG or whatever else Pillow reads.

    Raises:
        Refusal: If it is empty or holds several pictures.
        Exception: Of many kinds, if it is broken; `named` makes one of them.
    """
    with path.open("rb") as file:
        start = file.read(16)
    if not start:
        raise Refusal("is empty")
    if start[:4] not in TIFF_STARTS:
        return _pillow(path, lossy=start[8:16] == b"WEBPVP8 ")
    try:
        return _tiff(path)
    except ValueError as error:
        if "imagecodecs" not in str(error):
            raise
        return _pillow(path)


def _pillow(path: Path, lossy: bool = False) -> Decoded:
    with Image.open(path) as image:
        if (pages := getattr(image, "n_frames", 1)) > 1 and image.format != "MPO":
            raise Refusal(f"holds {pages} pictures, and one is meant: save each to a file of its own")
        shortened = image.mode in {"RGB", "RGBA", "LA"} and any(";16" in str(tile) for tile in image.tile)
        lossy = lossy or image.format in LOSSY or image.info.get("compression") == "jpeg"
        turn = TURNS.get(image.getexif().get(ORIENTATION, 1), TURNS[1])
        colors = image.getpalette("RGB") if image.mode in {"P", "PA"} else None
        palette = None if colors is None else np.array(colors, np.uint8).reshape(-1, 3)
        if image.mode in {"CMYK", "YCbCr", "LAB", "HSV", "La", "RGBa", "RGBX"}:
            image = image.convert("RGB")
        values = np.array(image)
        if image.mode == "I" and image.format == "PNG":  # 16 bits, in older releases of Pillow
            values = values.astype(np.uint16)
        if image.mode in {"LA", "PA", "RGBA"}:
            values = values[..., :-1]
    values = values[..., 0] if values.ndim == 3 and values.shape[2] == 1 else values
    return Decoded(turn(values), palette, lossy, shortened=shortened)


def _tiff(path: Path) -> Decoded:
    with tifffile.TiffFile(path) as file:
        if not file.series:
            raise ValueError("no page is whole")
        if len(file.series) > 1:
            shapes = ", ".join(str(series.shape) for series in file.series)
            raise Refusal(f"holds {len(file.series)} pictures of different kinds, {shapes}, and one is meant")
        series = file.series[0]
        page = series.keyframe
        if page.photometric not in {0, 1, 2, 3}:  # white or black is 0, RGB, palette: Pillow converts others
            return _pillow(path)
        sides = [
            (axis, length) for axis, length in zip(series.axes, series.shape, strict=True) if length > 1 or axis in "YX"
        ]
        axes, shape = "".join(axis for axis, _ in sides), tuple(length for _, length in sides)
        if axes not in {"YX", "YXS", "SYX", "CYX"}:
            raise Refusal(
                f"holds {math.prod(shape[:-2])} pictures (axes {axes}, shape {shape}), and one is meant: "
                "tifffile.imread(path)[0] is the first, tifffile.imwrite saves it"
            )
        values = series.asarray().reshape(shape)
        if axes in {"SYX", "CYX"}:
            values = np.moveaxis(values, 0, -1)
        if "S" in axes and page.extrasamples:
            values = values[..., : -len(page.extrasamples)]
        palette = None if page.colormap is None else (page.colormap >> 8).astype(np.uint8).T
        orientation = page.tags.valueof(ORIENTATION, 1)
        lossy, white_is_zero = page.compression in LOSSY_TIFF, page.photometric == 0
    values = values[..., 0] if values.ndim == 3 and values.shape[2] == 1 else values
    return Decoded(TURNS.get(orientation, TURNS[1])(values), palette, lossy, white_is_zero)
