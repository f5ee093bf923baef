"""Images and masks from files, in the forms in which people keep them."""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from segbook.data.decoding import Refusal, decode, named
from segbook.data.pixels import Colors, to_image, to_labels

Place = str | PathLike[str]
SUFFIXES = {".png", ".tif", ".tiff", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".pgm", ".ppm", ".pnm", ".jp2"}


def read_image(path: Place, *, channels: int | None = None) -> Float[Tensor, "C H W"]:
    """Read an image, upright, its alpha channel dropped and its palette resolved.

    Args:
        path: A PNG, a TIFF of 8, 16 or 32 bits, a JPEG or whatever else Pillow reads.
        channels: 1 refuses colours, 3 repeats grey. None takes both; three equal channels become one.

    Returns:
        Values in [0, 1], where 1 is the white of the file's dtype; floats as they are stored. `normalise` gives images
        of different exposure the same contrast.

    Raises:
        ValueError: If the file is broken, holds several pictures, or none that `to_image` takes; it names the path.
        OSError: If the file is not there or cannot be opened.
    """
    path = Path(path)
    with named(path):
        decoded = decode(path)
        values = decoded.values if decoded.palette is None else _colored(decoded.values, decoded.palette)
        if decoded.white_is_zero:
            if values.dtype.kind not in "bu":
                raise Refusal(f"stores white as 0 in {values.dtype}: save it with black as 0")
            values = ~values
        return _said(to_image, np.moveaxis(values, -1, 0) if values.ndim == 3 else values, channels=channels)


def read_labels(path: Place, *, colors: Colors | None = None) -> Int64[Tensor, "H W"]:
    """Read a mask: the class index or the id of every pixel.

    A palette is not looked at, unless a table of colours is given: its indices are the classes. Where there is nothing
    but black and white, white is 1.

    Args:
        path: A PNG or a TIFF, of any depth.
        colors: The class of each colour: `{"#0072B2": 1, (255, 0, 0): 2}`, or colours in the order of their classes.

    Raises:
        ValueError: If the file is broken, holds several pictures, was compressed with loss, or holds what `to_labels`
            refuses; it names the path.
        OSError: If the file is not there or cannot be opened.
    """
    path = Path(path)
    with named(path):
        decoded = decode(path)
        values = decoded.values
        if decoded.lossy:
            kinds, counts = np.unique(values, return_counts=True)
            some = ", ".join(str(kind) for kind in kinds[np.argsort(-counts, kind="stable")][:8])
            raise Refusal(
                f"was compressed with loss, which changes labels: it holds {len(kinds)} values, {some}"
                f"{' …' * (len(kinds) > 8)}. Save masks as PNG, from the source that this one was made from"
            )
        if decoded.shortened:
            raise Refusal("holds colours of 16 bits, of which 8 can be read: save ids as grey of 16 bits")
        if decoded.white_is_zero:
            raise Refusal(
                "stores white as 0, so that nobody can say which value is background: save it with black as 0"
            )
        if decoded.palette is not None and colors is not None:
            values = _colored(values, decoded.palette)
        return _said(to_labels, values, colors=colors)


def read_objects(paths: Place | Sequence[Place]) -> Int64[Tensor, "H W"]:
    """Read masks that hold one object each, as in the original 2018 Data Science Bowl, into one map of ids.

    Args:
        paths: The files, or the folder that they lie in. What is not 0 is the object.

    Returns:
        Ids 1, 2, 3 … in the order of the paths, or of the names in the folder; 0 is background.

    Raises:
        ValueError: If there are no files, a mask is empty or holds several values, sizes differ, or objects overlap.
        OSError: If a file is not there or cannot be opened.
    """
    files = pictures_in(Path(paths)) if isinstance(paths, (str, PathLike)) else [Path(path) for path in paths]
    if not files:
        raise ValueError(f"{paths}: there are no masks")
    ids = torch.zeros((0, 0), dtype=torch.int64)
    for number, path in enumerate(files, start=1):
        mask = read_labels(path)
        ids = ids if number > 1 else torch.zeros_like(mask)
        if len(values := mask[mask > 0].unique()) != 1:
            raise ValueError(f"{path}: must hold one object, 0 and one other value: got {[0, *values.tolist()][:8]}")
        if mask.shape != ids.shape:
            raise ValueError(f"{path}: is {tuple(mask.shape)}, while {files[0].name} is {tuple(ids.shape)}")
        if (both := (mask > 0) & (ids > 0)).any():
            row, column = both.nonzero()[0].tolist()
            other = files[int(ids[row, column]) - 1].name
            raise ValueError(f"{path}: overlaps {other} in {int(both.sum())} pixels, as at row {row}, column {column}")
        ids[mask > 0] = number
    return ids


def paired_files(folder: Place, images: str = "images", masks: str = "masks") -> tuple[list[Path], list[Path]]:
    """Find images and their masks by name.

    Two layouts are known: `images/NAME.png` beside `masks/NAME.png` (whatever the suffixes; `masks/NAME` may be a
    folder of masks with one object each), and that of the 2018 Data Science Bowl, `NAME/images/NAME.png` beside
    `NAME/masks/*.png`.

    Args:
        folder: Where to look.
        images: The folder of images.
        masks: The folder of masks.

    Returns:
        The paths of the images, sorted, and of each one's mask: what `LabelledImages` takes.

    Raises:
        ValueError: If there are none, one has no partner, or two have one name; it lists them.
        OSError: If the folder is not there.
    """
    folder = Path(folder)
    if (folder / images).is_dir():
        found = _by_name(pictures_in(folder / images))
        marks = _by_name([*pictures_in(folder / masks), *(x for x in (folder / masks).iterdir() if x.is_dir())])
    else:
        each = sorted(x for x in folder.iterdir() if (x / images).is_dir())
        found = {x.name: path for x in each for path in pictures_in(x / images)}
        marks = {x.name: x / masks for x in each if (x / masks).is_dir()}
        if several := [x.name for x in each if len(pictures_in(x / images)) != 1]:
            raise ValueError(f"{folder}: each must hold one image: {_some(several)} do not")
    if found.keys() != marks.keys():
        alone, unused = sorted(found.keys() - marks.keys()), sorted(marks.keys() - found.keys())
        raise ValueError(
            f"{folder}: {len(alone)} of {len(found)} images have no mask: {_some(alone)}; "
            f"{len(unused)} of {len(marks)} masks have no image: {_some(unused)}"
        )
    if not found:
        raise ValueError(f"{folder}: there are no images in {images}, nor in folders that hold {images}")
    return [found[name] for name in sorted(found)], [marks[name] for name in sorted(found)]


def pictures_in(folder: Path) -> list[Path]:
    """List the picture files of a folder by name; hidden ones and other kinds of file are passed over."""
    return sorted(x for x in folder.iterdir() if x.suffix.lower() in SUFFIXES and x.name[0] != "." and x.is_file())


def _by_name(paths: Sequence[Path]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in paths:
        if (other := found.setdefault(path.stem, path)) != path:
            raise ValueError(f"{path.parent}: two have the name {path.stem}: {other.name} and {path.name}")
    return found


def _colored(values: np.ndarray, palette: np.ndarray) -> np.ndarray:
    if values.max() >= len(palette):
        raise Refusal(f"holds index {values.max()}, while its palette has {len(palette)} colours")
    return palette[values]


def _said(convert, values: np.ndarray, **options) -> Tensor:
    """Convert, and let a refusal speak of the file."""
    try:
        return convert(values, **options)
    except ValueError as error:
        raise Refusal(str(error)) from None


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (" …" if len(names) > 5 else "") if names else "none"
