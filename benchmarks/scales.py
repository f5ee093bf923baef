"""What does a wrong magnification cost, and what brings it back? For chapter 11: `python benchmarks/scales.py`.

The test images are halved or doubled, as another microscope would have taken them, and the package's network finds
their nuclei: as they are; with the scale of each image that makes the median object, found without scaling, as large as
in training; and with one scale for all images, the median of these. And in images of their own size, at several
thresholds. Writes results/scales.json. It takes two minutes.
"""

import json
from pathlib import Path

import torch
from run import machine
from torch import Tensor
from torch.nn import functional as F

from segbook.data import nuclei
from segbook.metrics import average_precision, instance_counts
from segbook.train import pretrained
from segbook.train.finding import find_in, median_radius, usual_radii
from segbook.train.sheet import Row

RESULT = Path(__file__).parent / "results" / "scales.json"
THRESHOLDS = (0.3, 0.5, 0.7, 0.9)
NOTE = (
    "The package's network on its 18 test images, also halved and doubled: AP at an IoU of 0.5, of all images "
    "together, against ids of the same size. Written by benchmarks/scales.py."
)


def seen(image: Tensor, ids: Tensor, times: float) -> tuple[Tensor, Tensor]:
    """Show an image and its ids as another magnification would."""
    if times == 1:
        return image, ids
    size = [round(side * times) for side in ids.shape]
    larger = F.interpolate(image[None], size=size, mode="area" if times < 1 else "bilinear")[0]
    return larger, F.interpolate(ids[None, None].double(), size=size, mode="nearest")[0, 0].long()


def main() -> None:
    """Measure, and write it down."""
    net = pretrained("nuclei")
    assert net.readout is not None
    usual, readout = usual_radii(net), net.readout
    middle = usual[len(usual) // 2]

    def ap(pictures: list[tuple[Tensor, Tensor]], scales: list[float], threshold: float = readout.threshold) -> float:
        counts = []
        for (image, true), scale in zip(pictures, scales, strict=True):
            row = Row("*", scale=scale, threshold=threshold, apart=readout.apart, smallest=readout.smallest)
            counts.append(instance_counts(find_in(image, row, net)[1][None], true[None], thresholds=(0.5,)))
        return round(average_precision(torch.stack(counts).sum(dim=0))[0].item(), 4)

    rows = {}
    for times in (0.5, 1, 2):
        pictures = [seen(image, ids, times) for image, _, ids in nuclei("test")]
        plain = Row("*", threshold=readout.threshold, apart=readout.apart, smallest=readout.smallest)
        found = [find_in(image, plain, net)[1] for image, _ in pictures]
        radii = [median_radius(ids) for ids in found]
        scales = [middle / radius for radius in radii]
        one = torch.tensor(scales).median().item()
        rows[f"magnified {times:g}"] = {
            "as it is": ap(pictures, [1.0] * len(pictures)),
            "each by its own scale": ap(pictures, scales),
            "all by one scale": ap(pictures, [one] * len(pictures)),
            "that scale": round(one, 3),
            "median radii found": [round(radius, 2) for radius in radii],
        }
        print(rows, flush=True)
    pictures = [(image, ids) for image, _, ids in nuclei("test")]
    thresholds = {f"{at:g}": ap(pictures, [1.0] * len(pictures), at) for at in THRESHOLDS}
    radii = {"lowest": usual[0], "median": middle, "highest": usual[-1]}
    record = {"note": NOTE, "machine": machine(), "radii learned from": radii, "scales": rows, "thresholds": thresholds}
    RESULT.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
