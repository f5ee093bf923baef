"""Draw AP by the number of training patches, ours beside DenoiSeg's: `benchmarks/run.py --tables` writes the picture.

The two curves belong to different test images, so their shapes can be compared and their levels cannot (peers.py).
"""

from math import log
from statistics import fmean
from typing import Any

from peers import ANCHORS, PATCHES
from run import RESULTS

FILE = RESULTS / "patches.svg"
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 560, 300, 46, 530, 16, 256
LOW, HIGH, FEWEST, MOST = 0.5, 0.85, 10, 2432
COLOURS = {"DenoiSeg's U-Net, 50 other test images": "#8a6d00", "ours, the package's 18 test images": "#2a6fb0"}


def curves(record: dict[str, Any]) -> dict[str, dict[int, list[float]]]:
    """Give the mean AP at 0.5 by number of patches, and for ours also the smallest and the largest of the seeds."""
    found: dict[int, list[float]] = {}
    for row in record["rows"]:
        if row.get("patches") in PATCHES:
            found.setdefault(row["patches"], []).append(row["test"]["AP"]["0.50"][0])
    theirs, ours = COLOURS
    spread = {count: [fmean(aps), min(aps), max(aps)] for count, aps in sorted(found.items())}
    return {theirs: {count: [ap] for count, ap in ANCHORS.items()}, ours: spread}


def picture(record: dict[str, Any]) -> str:
    """Write the picture as SVG."""

    def x(count: float) -> float:
        return LEFT + (RIGHT - LEFT) * log(count / FEWEST) / log(MOST / FEWEST)

    def y(ap: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * (ap - LOW) / (HIGH - LOW)

    drawn = curves(record)
    said = "; ".join(
        f"{name}: {', '.join(f'{count} {ap:.3f}' for count, (ap, *_) in curve.items())}"
        for name, curve in drawn.items()
    )
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        'font-size="12" role="img">',
        f"<title>AP at an IoU of 0.5 by the number of training patches of 128². {said}.</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
    ]
    for tenth in (5, 6, 7, 8):
        at = y(tenth / 10)
        lines.append(f'<path d="M {LEFT} {at:.1f} H {RIGHT}" stroke="#ddd"/>')
        lines.append(f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">0.{tenth}</text>')
    for count in (10, 38, 152, 608, 2432):
        lines.append(f'<text x="{x(count):.1f}" y="{BOTTOM + 18}" text-anchor="middle">{count:,}</text>')
    middle = (LEFT + RIGHT) / 2
    lines.append(
        f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">'
        "training patches of 128² (log scale); upwards, AP at 0.5</text>"
    )
    for place, (name, curve) in enumerate(drawn.items()):
        colour = COLOURS[name]
        path = " L ".join(f"{x(count):.1f} {y(ap):.1f}" for count, (ap, *_) in curve.items())
        lines.append(f'<path d="M {path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for count, (ap, *ends) in curve.items():
            lines.append(f'<circle cx="{x(count):.1f}" cy="{y(ap):.1f}" r="3.5" fill="{colour}"/>')
            if ends:
                low, high = map(y, ends)
                lines.append(f'<path d="M {x(count):.1f} {low:.1f} V {high:.1f}" stroke="{colour}"/>')
        at = BOTTOM - 30 + 18 * place
        lines.append(f'<circle cx="{middle}" cy="{at - 4}" r="3.5" fill="{colour}"/>')
        lines.append(f'<text x="{middle + 10}" y="{at}">{name}</text>')
    return "\n".join([*lines, "</svg>\n"])
