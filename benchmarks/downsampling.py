"""Which down-sampling layer lets a network keep cells apart? The same small network behind each layer of chapter 5.

Every training is a file in `_build/downsampling`, so that a run that was cut short goes on where it stopped:
`python benchmarks/run.py downsampling`.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev

import numpy as np
import torch
from blended import CROWDED, separated
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from segbook import data, metrics
from segbook.data.halved import FIRST, LEFT, SIZE, TRAINING
from segbook.train import fit

TITLE = "The same network behind each down-sampling layer"
SEEDS = range(10)
STEPS, BATCH, RATE, WIDTH = 400, 2, 3e-3, 16
CHANNELS = {"convolution, 1 channel": 1, "convolution, 4 channels": 4}  # that the layer hands on, where not one
SMALLEST = "smallest value of each window"  # a control for the largest
POOLED_AFTER = "convolution, 1 channel, then max pooling"  # the same convolution as above, but at every pixel
POOLINGS = ("mean pooling", "max pooling", SMALLEST, POOLED_AFTER)
DILATED = {"no shrinking, dilations 2, 2 and 2": (2, 2, 2), "no shrinking, dilations 1, 2 and 3": (1, 2, 3)}
LAYERS = ("every second pixel", "blur, then every second pixel", *POOLINGS[:2], *CHANNELS, *DILATED, *POOLINGS[2:])
WITHOUT = ("background everywhere", "cell everywhere", "the truth at every second pixel, blended", "the truth")
SHOWN = ("every second pixel", "mean pooling", tuple(DILATED)[1])  # as in `segbook.data.halved`
KEPT = Path(__file__).parents[1] / "_build" / "downsampling"
NOTE = (
    "A layer halves the image, once; then follow three 3 × 3 convolutions of 16 channels and a 1 × 1 convolution to "
    "two scores, which are blended to the size of the image. Without shrinking, the convolutions work on the fine grid "
    "and are dilated: by 2, 2 and 2, which leaves out every second pixel of the field along each axis, or by 1, 2 and "
    "3, which leaves out none. Trained on 24 crowded scenes, tested on the twenty of chapter 4, with 320 cells and "
    f"gaps of at least two pixels; {STEPS} steps of {BATCH} scenes, Adam with a learning rate of {RATE} that falls to "
    "0 along a cosine. Multiply–adds for a test image, in thousands, the blur's included. IoU of cell and cells "
    "separated, mean ± standard deviation over the seeds (weights and batches), smallest and largest; and the same of "
    "answers that need no network. Of the convolution before max pooling, the record also has the sum of the taps, "
    "before and after training: where it is negative, the convolution makes dark gaps bright."
)


class EverySecond(nn.Module):
    """Keep every second pixel of every second row, from the first on."""

    def forward(self, x: Tensor) -> Tensor:
        """Halve an image (N, 1, H, W)."""
        return x[..., ::2, ::2]


class BlurredFirst(nn.Module):
    """Blur with the taps ¼, ½ and ¼ along both axes where the result is kept: at every second pixel."""

    def forward(self, x: Tensor) -> Tensor:
        """Halve an image (N, 1, H, W)."""
        taps = torch.tensor([1.0, 2, 1]) / 4
        return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), torch.outer(taps, taps)[None, None], stride=2)


class MinPool(nn.Module):
    """Keep the smallest value of each 2 × 2 window."""

    def forward(self, x: Tensor) -> Tensor:
        """Halve an image (N, 1, H, W)."""
        return -F.max_pool2d(-x, 2)


class Behind(nn.Module):
    """The network behind one of the layers: scores for every pixel."""

    def __init__(self, layer: str):
        super().__init__()
        self.layer, channels = layer, CHANNELS.get(layer, 1)
        first = {
            "every second pixel": EverySecond(),
            "blur, then every second pixel": BlurredFirst(),
            "mean pooling": nn.AvgPool2d(2),
            "max pooling": nn.MaxPool2d(2),
            SMALLEST: MinPool(),
        } | dict.fromkeys(DILATED, nn.Identity())
        pooled = layer == POOLED_AFTER
        self.first = first.get(layer) or nn.Conv2d(1, channels, 3, stride=1 if pooled else 2, padding=1)
        if pooled:
            self.first = nn.Sequential(self.first, nn.MaxPool2d(2))
        rest: list[nn.Module] = []
        for dilation in DILATED.get(layer, (1, 1, 1)):
            rest += [nn.Conv2d(channels, WIDTH, 3, padding=dilation, dilation=dilation), nn.ReLU()]
            channels = WIDTH
        self.rest = nn.Sequential(*rest, nn.Conv2d(WIDTH, 2, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Score both classes at every pixel."""
        scores = self.rest(self.first(x))
        return scores if self.layer in DILATED else enlarged(scores, centred=self.layer in POOLINGS)


def enlarged(scores: Tensor, *, centred: bool) -> Tensor:
    """Blend to twice the size; a score stands at the first pixel of its 2 × 2 block, or at the block's centre."""
    if centred:
        return F.interpolate(scores, scale_factor=2, mode="bilinear", align_corners=False)
    span = 2 * scores.shape[-1] - 1
    fine = F.interpolate(scores, size=(span, span), mode="bilinear", align_corners=True)
    return F.pad(fine, (0, 1, 0, 1), mode="replicate")


def gather(seeds: range, **camera: float) -> tuple[Tensor, Tensor]:
    """Draw scenes, with another camera if it is given: images (N, 1, H, W) and instances (N, H, W)."""
    scenes = [data.cell_scene(seed=seed, **CROWDED, **camera) for seed in seeds]
    return torch.stack([scene.image for scene in scenes])[:, None], torch.stack([scene.instances for scene in scenes])


def measure() -> list[dict]:
    """Train behind each layer with every seed, unless that was done before; a row each, and one for each answer."""
    torch.set_num_threads(1)
    lessons, tests = gather(range(300, 324)), gather(range(500, 520))
    rows = [kept(layer, seed, lessons, tests) for seed in SEEDS for layer in LAYERS]
    keep_picture(lessons, tests[0])
    works = {layer: work(Behind(layer)) for layer in LAYERS}
    rows = [row | {"thousand multiply–adds": works[row["layer"]]} for row in rows]
    cells = tests[1] > 0
    blended = enlarged(2 * cells[:, None, ::2, ::2].float() - 1, centred=False)[:, 0] > 0
    answers = zip(WITHOUT, (torch.zeros_like(cells), torch.ones_like(cells), blended, cells), strict=True)
    return rows + [{"layer": name, **scores(answer, tests[1])} for name, answer in answers]


def kept(layer: str, seed: int, lessons: tuple[Tensor, Tensor], tests: tuple[Tensor, Tensor]) -> dict:
    """Read the scores of a training, or train."""
    file = KEPT / f"{LAYERS.index(layer)}-{seed}.json"
    if not file.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        network = trained(layer, seed, *lessons)
        row = {"layer": layer, "seed": seed, **scores(labelled(network, tests[0]), tests[1])}
        if layer == POOLED_AFTER:
            row |= {"taps at first": taps(started(layer, seed)), "taps": taps(network)}
        file.write_text(json.dumps(row), "utf-8")
        print(row, file=sys.stderr, flush=True)
    return json.loads(file.read_text("utf-8"))


def labelled(network: Behind, images: Tensor) -> Tensor:
    """Label images (N, 1, H, W): masks (N, H, W) of cell."""
    with torch.no_grad():
        return torch.cat([network(image[None]).argmax(dim=1) for image in images]) > 0


def keep_picture(lessons: tuple[Tensor, Tensor], images: Tensor) -> None:
    """Write what three of the networks label as cell in a window of the first test image, one mask below the other."""
    window = np.s_[FIRST : FIRST + SIZE, LEFT : LEFT + SIZE]
    masks = [labelled(trained(layer, TRAINING, *lessons), images[:1])[0][window] for layer in SHOWN]
    place = Path(__file__).parents[1] / "segbook" / "data" / "halved.png"
    Image.fromarray(torch.cat(masks).numpy()).save(place, optimize=True)


def started(layer: str, seed: int) -> Behind:
    """Make a network with the weights of this seed."""
    torch.manual_seed(seed)
    return Behind(layer)


def taps(network: Behind) -> float:
    """Add up the taps of the convolution before max pooling."""
    return round(next(network.first.parameters()).sum().item(), 2)


def trained(layer: str, seed: int, images: Tensor, instances: Tensor) -> Behind:
    """Make a network and train it, weights and batches of this seed."""
    chosen = torch.randint(len(images), (STEPS, BATCH), generator=torch.Generator().manual_seed(seed))
    network, labels = started(layer, seed), (instances > 0).long()
    adam = torch.optim.Adam(network.parameters(), lr=RATE)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(adam, STEPS)
    batches = [(images[some], labels[some]) for some in chosen]
    fit(network, batches, F.cross_entropy, adam, steps=STEPS, after_step=lambda _: falling.step())
    return network.eval()


def work(network: Behind) -> int:
    """Count the multiply–adds of all convolutions for a test image, in thousands."""
    size = CROWDED["size"]
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.zeros(1, 1, size, size))
    return round(counter.get_total_flops() / 2000)


def scores(answer: Tensor, instances: Tensor) -> dict:
    """Score masks (N, H, W): IoU of cell, and the cells that are separated."""
    confusion = metrics.confusion_matrix(answer.long(), (instances > 0).long(), num_classes=2)
    apart = sum(separated(ids, mask) for ids, mask in zip(instances, answer, strict=True))
    return {"IoU": round(metrics.iou(confusion)[1].item(), 4), "separated": apart}


def summary(rows: list[dict], layers: Sequence[str] = (*LAYERS, *WITHOUT)) -> list[dict]:
    """Write a row for each layer, over all seeds, and one for each answer without a network."""
    lines = []
    for layer in layers:
        runs = [row for row in rows if row["layer"] == layer]
        line: dict = {"layer": layer, "seeds": len(runs) if layer in LAYERS else "–"}
        line["thousand multiply–adds"] = f"{runs[0]['thousand multiply–adds']:,}" if layer in LAYERS else "–"
        for score, digits in ("IoU", 3), ("separated", 0):
            values = [row[score] for row in runs]
            spread = f"{mean(values):.{digits}f}" + (f" ± {stdev(values):.{digits}f}" if len(values) > 1 else "")
            line[score] = spread
            line[f"{score}, range"] = (
                f"{min(values):.{digits}f} to {max(values):.{digits}f}" if len(values) > 1 else "–"
            )
        lines.append(line)
    return lines
