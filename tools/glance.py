"""The picture of the first page: an image, a network, a label for every pixel, and the table that follows from it.

The image is a part of one of the package's real nuclei that its network has not seen in training. What the network says
of the whole image is cut out in the same place, and the table counts it. `.venv/bin/python tools/glance.py` writes
book/glance.svg, which the first page holds as it is, so that the page's own sheet colours it.
"""

import base64
import io
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from segbook.data import nuclei
from segbook.metrics import connected_components
from segbook.train import pretrained

FILE = Path(__file__).parent.parent / "book/glance.svg"
NUMBER, TOP, LEFT, SIZE = 14, 50, 36, 64  # of the test image; the part of it that is shown, in pixels
SIDE, STEP, WIDTH, HEIGHT = 84, 100, 384, 114  # of a panel, from panel to panel, of the picture
NAMES = (("image",), ("network",), ("a label for", "every pixel"), ("a table", "of objects"))
SAYS = (
    "From left to right: a real micrograph with {count} bright nuclei; a network, drawn as a U; the map of its labels, "
    "in which every pixel is either nucleus or background; and the table that follows from it, with the {count} nuclei "
    "and their sizes in pixels."
)


def part() -> tuple[torch.Tensor, torch.Tensor]:
    """Cut out the image, (H, W) from 0 to 1, and what the network says of it: True where there is a nucleus."""
    image = nuclei("test")[NUMBER][0]
    here = slice(TOP, TOP + SIZE), slice(LEFT, LEFT + SIZE)
    grey = image[0][here]
    return grey / grey.max(), pretrained("nuclei").instances(image)[here] > 0


def table(mask: torch.Tensor) -> list[int]:
    """Count the pixels of each object, from the top of the image to its bottom."""
    return connected_components(mask[None])[0].flatten().bincount()[1:].tolist()


def drawing(grey: torch.Tensor, mask: torch.Tensor) -> str:
    """Draw the four panels, their names and the arrows between them."""
    sizes = table(mask)
    panels = (_photograph(grey), _network(), _labels(mask), _rows(sizes))
    placed = "\n".join(f'<g transform="translate({i * STEP})">{one}{_named(i)}</g>' for i, one in enumerate(panels))
    arrows = "".join(f"M{i * STEP - 14} {SIDE / 2}h9m-4 -4l4 4l-4 4" for i in range(1, len(panels)))
    return (
        f'<svg class="glance" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{SAYS.format(count=len(sizes))}">\n'
        f'{placed}\n<path class="line" d="{arrows}"/>\n</svg>\n'
    )


def _photograph(grey: torch.Tensor) -> str:
    file = io.BytesIO()
    Image.fromarray((grey * 255).round().to(torch.uint8).numpy()).save(file, "PNG", optimize=True)
    address = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
    return f'<image width="{SIDE}" height="{SIDE}" href="{address}"/>'


def _network() -> str:
    """Draw maps that get smaller and deeper and then larger again, and the skips between those of one size."""
    maps, skips = "", ""
    for row, (height, width) in enumerate(((30, 4), (18, 7), (9, 11))):
        top, left = (0, 34, 56)[row], (4, 12, 22)[row]
        for x in (left, SIDE - left - width):
            maps += f"M{x} {top}h{width}v{height}h{-width}z"
        skips += f"M{left + width + 3} {top + height / 2}H{SIDE - left - width - 3}"
    maps += f"M{SIDE / 2 - 8} 75h16v5h-16z"
    return f'<path class="skip" d="{skips}"/><path class="map" d="{maps}"/>'


def _labels(mask: torch.Tensor) -> str:
    runs = ""
    for y, row in enumerate(mask.numpy()):
        ends = np.flatnonzero(np.diff(np.pad(row.astype(int), 1))).reshape(-1, 2)
        runs += "".join(f"M{a} {y}h{b - a}v1h{a - b}z" for a, b in ends.tolist())
    ground = f'<rect class="ground" width="{SIDE}" height="{SIDE}"/>'
    return f'{ground}<path class="nucleus" transform="scale({SIDE / SIZE})" d="{runs}"/>'


def _rows(sizes: list[int]) -> str:
    lines = [("no.", "pixels"), *((str(i), str(size)) for i, size in enumerate(sizes, start=1))]
    text = "".join(
        f'<text x="34" y="{13 + 16 * i}" class="number">{a}</text><text x="{SIDE}" y="{13 + 16 * i}" class="number">'
        f"{b}</text>"
        for i, (a, b) in enumerate(lines)
    )
    return f'{text}<path class="line" d="M0 18H{SIDE}"/>'


def _named(panel: int) -> str:
    lines = (f'<text x="{SIDE / 2}" y="{98 + 13 * i}">{line}</text>' for i, line in enumerate(NAMES[panel]))
    return "".join(lines)


if __name__ == "__main__":
    FILE.write_text(drawing(*part()), "utf-8")
