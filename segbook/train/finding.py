"""The command `segbook find`: a folder of pictures in, overlays, maps of ids and a table of objects out."""

import argparse
import csv
import hashlib
import io
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int64
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin
from skimage.segmentation import find_boundaries
from torch import Tensor
from torch.nn import functional as F

from segbook.data import normalise, nuclei, read_image, read_labels
from segbook.data.files import pictures_in
from segbook.files import draft_of
from segbook.objects import measure_objects
from segbook.palette import VERMILION
from segbook.train.pretrained import Trained, pretrained
from segbook.train.sheet import Row, blank_sheet, read_sheet

SHEET, TABLE, LABELS, OVERLAYS = "settings.csv", "objects.csv", "labels", "overlays"
COLUMNS = ("image", "id", "pixels", "row", "column", "grey", "at edge")
STAMP = "segbook"  # the name under which a map of ids keeps the hash of its pixels
ENLARGED = 1000  # pixels that the longer side of an overlay has at least

DESCRIPTION = """\
Find the objects of every picture in a folder with a trained network.

  segbook find FOLDER --out results
  segbook find FOLDER --out results --network runs/mine/model.pt

Look at every overlay. Where objects are missed, merged or invented, give the picture a row of its own at the end of
results/settings.csv, and the same command again."""

EPILOG = """\
pictures: 8 or 16 bits, grey or in colour; of a file that holds several, such as a z-stack, save a slice or projection.
  For a stained slide, take the channel in which nuclei are darkest, and invert. Large ones are read in seamless tiles.

what is written to --out
  overlays/NAME.png  the picture, brightened and enlarged, each object outlined and numbered by its id
  labels/NAME.png    the map of ids, 0 for background: 16 bits. One that you correct stays, and the rest is made from it
  objects.csv        a row for each object: area in the file's pixels, mean place, mean grey (1 is the file's white,
                     also where invert is yes), and whether the picture's edge may cut it
  settings.csv       how each picture was read, for you to change: it is written once and then only read

settings.csv
  image      the picture's name, or a pattern such as *.tif; of the rows that fit, the last one counts
  channel    the number of the channel that shows the objects, from 0; or brightest, the brightest at every pixel
  invert     yes for dark objects on a bright ground
  scale      what height and width are multiplied by before the network looks: 0.5 for twice its magnification
  threshold  lower finds dim objects and larger outlines, higher parts what touches and makes outlines tight
  apart      larger where objects are cut in pieces, smaller where they stay merged; pixels after scaling
  smallest   objects of fewer pixels are dropped, after scaling

exit status
  0  done    1  done, but pictures were left out: the messages say why    2  nothing was done"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    form = argparse.RawDescriptionHelpFormatter
    made = argparse.ArgumentParser("segbook find", description=DESCRIPTION, epilog=EPILOG, formatter_class=form)
    made.add_argument("folder", type=Path, metavar="FOLDER", help="of pictures: PNG, TIFF, JPEG and the like")
    made.add_argument("--out", required=True, type=Path, help="folder of the results, made if it is missing")
    made.add_argument("--network", default="nuclei", help="nuclei, or the path of a model.pt (nuclei)")
    options = made.parse_args(sys.argv[1:] if arguments is None else list(arguments))
    left_out: list[str] = []
    try:
        find_objects(options.folder, options.out, pretrained(options.network), leave_out=left_out.append)
    except (OSError, ValueError) as error:
        print(f"segbook find: {error}", file=sys.stderr)
        return 2
    for line in left_out:
        print(f"left out: {line}", file=sys.stderr)
    return 1 if left_out else 0


def find_objects(
    folder: str | PathLike[str],
    out: str | PathLike[str],
    network: Trained,
    *,
    say: Callable[[str], object] = print,
    leave_out: Callable[[str], object] | None = None,
) -> dict[str, Int64[Tensor, "H W"]]:
    """Find the objects of every picture in a folder, and write overlays, maps of ids and a table.

    What is written, and what the rows of `settings.csv` in `out` mean, is said by `segbook find --help`.

    Args:
        folder: Of pictures in any form that `read_image` takes; of any sizes.
        out: Folder of the results.
        network: One that finds objects, such as `pretrained("nuclei")`.
        say: Gets a line about each picture, and notes about what looks wrong with it.
        leave_out: Gets a line about each picture that cannot be read, and the others go on; without it, the first such
            picture ends the work.

    Returns:
        The ids of each picture by its name.

    Raises:
        ValueError: If there are no pictures, two differ in their suffix only, or `settings.csv` says something that
            cannot be. Then nothing is written.
        OSError: If the folder is not there, or `out` cannot be written.
    """
    folder, out = Path(folder), Path(out)
    paths = pictures_in(folder)
    if not paths:
        raise ValueError(f"{folder}: there are no pictures: PNG, TIFF, JPEG or the like, not in folders of their own")
    if network.readout is None:
        raise ValueError("this network was trained on classes, which are no objects")
    names: dict[str, Path] = {}
    for path in paths:
        if (other := names.setdefault(path.stem, path)) != path:
            raise ValueError(f"{folder}: {other.name} and {path.name} would have one name: rename one")
    rows = read_sheet(out / SHEET, [path.name for path in paths], network.readout)
    for one in (LABELS, OVERLAYS):
        (out / one).mkdir(parents=True, exist_ok=True)
    if not (out / SHEET).exists():
        _write(out / SHEET, blank_sheet(network.readout).encode())
    usual, found, table = usual_radii(network), {}, []
    for path in paths:
        labels, overlay = (out / one / f"{path.stem}.png" for one in (LABELS, OVERLAYS))
        is_corrected = labels.exists() and not _is_ours(labels)
        try:
            image = read_image(path)
            stain, ids = find_in(image, rows[path.name], network)
            if is_corrected:
                ids = _corrected(labels, ids)
        except (OSError, ValueError) as error:
            if leave_out is None:
                raise
            leave_out(str(error) if path.name in str(error) else f"{path}: {error}")
            for stale in (overlay, *([] if is_corrected else [labels])):
                stale.unlink(missing_ok=True)
            continue
        found[path.name] = ids
        table += [{"image": path.name, **row} for row in measure_objects(ids, stain)]
        if not is_corrected:
            _write(labels, _as_labels(ids))
        _write(overlay, _as_overlay(stain, ids))
        for line in _report(path.name, image, stain, ids, rows[path.name], usual):
            say(line)
        if is_corrected:
            say(f"  {labels.relative_to(out)} was corrected, and is taken as it is")
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    _write(out / TABLE, text.getvalue().encode())
    say(f"{len(table)} objects in {len(found)} pictures; look at {OVERLAYS}, change {SHEET}, and run it again")
    return found


def find_in(image: Tensor, row: Row, network: Trained) -> tuple[Float[Tensor, "H W"], Int64[Tensor, "H W"]]:
    """Find the objects of one picture.

    Args:
        image: (C, H, W), as `read_image` gives it.
        row: How it is read.
        network: One that finds objects.

    Returns:
        The plane that shows the objects, as it is in the file, and the ids.

    Raises:
        ValueError: If the picture has no such channel, or the network looks at others.
    """
    if network.channels == 1:
        if row.channel is not None and row.channel >= len(image):
            raise ValueError(f"channel must be from 0 to {len(image) - 1}: got {row.channel}")
        stain = image.amax(dim=0) if row.channel is None else image[row.channel]
        given = stain[None]
    else:
        if row.channel is not None:
            raise ValueError(f"the network looks at {network.channels} channels: leave channel empty")
        stain, given = image.mean(dim=0), image
    height, width = stain.shape
    size = max(1, round(height * row.scale)), max(1, round(width * row.scale))
    given = -given if row.invert else given
    if size != (height, width):
        given = F.interpolate(given[None], size=size, mode="area" if row.scale < 1 else "bilinear")[0]
    assert network.readout is not None
    readout = replace(network.readout, threshold=row.threshold, apart=row.apart, smallest=row.smallest)
    small = readout(network.probs(given)[None])[0]
    back = [torch.arange(n) * m // n for n, m in zip((height, width), size, strict=True)]
    return stain, small[back[0]][:, back[1]]


def _report(name: str, image: Tensor, stain: Tensor, ids: Tensor, row: Row, usual: tuple[float, ...]) -> list[str]:
    """Say what was found in a picture, and what looks wrong."""
    count, radius = len(ids.unique()) - bool((ids == 0).any()), median_radius(ids)
    channels, height, width = image.shape
    seen = f", {radius * row.scale:.1f} as the network sees them" * (row.scale != 1)
    size = f"{height} × {width}" + f" × {channels} channels" * (channels > 1)
    lines = [f"{name}: {size}, {count} objects" + f", median radius {radius:.1f} pixels{seen}" * (count > 0)]
    if channels > 1 and row.channel is None:
        low, high = np.percentile(image.flatten(1).numpy(), (1, 99.8), axis=1)
        contrast = (high - low) / max((high - low).max(), 1e-12)
        strong = [n for n in range(channels) if contrast[n] > 0.1]
        alike = len(strong) < 2 or np.corrcoef(image[strong].flatten(1).numpy()).min() > 0.9
        if alike:
            lines.append(
                f"  the brightest of {channels} channels is taken; is one of them yours? channel 0 is the first"
            )
        else:
            names = " and ".join(map(str, strong))
            lines.append(f"  channels {names} show different things, and the brightest is taken: set channel to yours")
    is_bright = normalise(-stain if row.invert else stain).median() > 0.5
    if is_bright:
        still = ", even inverted" if row.invert else ""
        yes = f"is invert={'yes' if row.invert else 'no'} right?"
        lines.append(f"  most of the picture is bright{still}; the network looks for bright objects: {yes}")
    if not count:
        lines.append("  nothing was found: look at channel, invert and scale, or lower the threshold")
    elif usual and not is_bright and not usual[0] <= radius * row.scale <= usual[-1]:
        better = usual[len(usual) // 2] / radius
        lines.append(
            f"  it learned from median radii of {usual[0]:.1f} to {usual[-1]:.1f}; is scale={better:.1g} better?"
        )
    return lines


def median_radius(ids: Tensor) -> float:
    """Give the radius of the disc that has the median object's area, in pixels; 0 where there is no object."""
    areas = torch.bincount(ids.flatten())[1:]
    return math.sqrt(areas[areas > 0].double().median().item() / math.pi) if ids.any() else 0.0


def usual_radii(network: Trained) -> tuple[float, ...]:
    """Give the median radius of each image that a network learned from, in ascending order; none if unknown."""
    if network.record.get("data", {}).get("name") != "sample":
        return ()
    return tuple(sorted(median_radius(ids) for *_, ids in nuclei("train")))


def _as_overlay(stain: Tensor, ids: Tensor) -> bytes:
    """Draw the outlines and numbers of the objects on the picture, so bright that dim objects can be seen."""
    times = max(1, -(-ENLARGED // max(ids.shape)))
    grey = (255 * normalise(stain).clamp(0, 1).sqrt()).round().to(torch.uint8).numpy()
    large = np.kron(ids.numpy(), np.ones((times, times), np.int64))
    picture = np.repeat(np.kron(grey, np.ones((times, times), np.uint8))[..., None], 3, axis=2)
    picture[find_boundaries(large, mode="thick")] = [int(VERMILION[n : n + 2], 16) for n in (1, 3, 5)]
    made = Image.fromarray(picture)
    draw, font = ImageDraw.Draw(made), ImageFont.load_default(14)
    for row in measure_objects(ids, stain):
        x, y = (times * (float(row[name]) + 0.5) for name in ("column", "row"))
        draw.text((x, y), str(row["id"]), "white", font, "mm", stroke_width=1, stroke_fill="black")
    return _as_png(made)


def _as_labels(ids: Tensor) -> bytes:
    """Store ids so that a later run can tell whether somebody changed them."""
    if ids.max() > 65535:
        raise ValueError(f"a map of ids has 16 bits, room for 65535 objects: got {ids.max()}")
    values = ids.numpy().astype(np.uint16)
    info = PngImagePlugin.PngInfo()
    info.add_text(STAMP, _hash(values))
    return _as_png(Image.fromarray(values), pnginfo=info)


def _is_ours(path: Path) -> bool:
    """Say whether a map of ids is as it was written; a file that cannot be read is somebody else's."""
    try:
        with Image.open(path) as stored:
            return stored.info.get(STAMP) == _hash(np.asarray(stored).astype(np.uint16))
    except (OSError, ValueError, SyntaxError):  # of the last two kinds are those of broken PNGs
        return False


def _corrected(path: Path, found: Tensor) -> Tensor:
    """Read a map of ids that somebody changed."""
    ids = read_labels(path)
    if ids.shape != found.shape:
        raise ValueError(f"{path} is {tuple(ids.shape)}, while its picture is {tuple(found.shape)}")
    return ids


def _hash(values: np.ndarray) -> str:
    return hashlib.sha256(values.tobytes()).hexdigest()


def _as_png(image: Image.Image, **more) -> bytes:
    data = io.BytesIO()
    image.save(data, "PNG", **more)
    return data.getvalue()


def _write(path: Path, data: bytes) -> None:
    with draft_of(path) as draft:
        draft.write_bytes(data)
