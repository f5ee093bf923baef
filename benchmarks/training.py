"""Every network of the book, trained on the same scenes with the same budget, several times.

Chapters 7 to 9 train some of these once, in front of the reader; what they say about averages comes from here.
"""

from collections.abc import Callable
from statistics import mean, stdev
from time import perf_counter

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from segbook import metrics
from segbook.data import CellScenes
from segbook.losses import cross_entropy
from segbook.models import FCN, EncoderDecoder, PatchClassifier, UNet
from segbook.pixel_weights import carve_touching, weight_map
from segbook.train import fit

TITLE = "The book's networks on the same scenes"
SEEDS = (0, 1, 2)
STEPS, BATCH, RATE, WIDTH = 300, 4, 2e-3, 12
ROUNDS = 20  # of timing
PATCHES = 64  # of every image of a batch, for the patch classifier
SCENES = {"size": 96, "num_cells": 10, "radius": 9.0, "radius_spread": 2.0, "clustering": 0.8}
TRAIN, TEST = CellScenes(96, seed=0, **SCENES), CellScenes(24, seed=5000, **SCENES)
NOTE = (
    f"{len(TRAIN)} scenes of 96² pixels with 10 crowded cells each to train on, turned and mirrored; {STEPS} steps of "
    f"{BATCH} scenes (for the patch classifier, {PATCHES} patches of each), Adam with rate {RATE}, width {WIDTH}; "
    f"{len(TEST)} other scenes to test on; seeds {', '.join(map(str, SEEDS))}, mean ± standard deviation. The target "
    "has a gap of one pixel between cells that touch (`carve_touching`); the scores use the uncarved truth. Boundary F "
    "allows a distance of 1 pixel. AP counts an object as found above an IoU of 0.5; merged is the share of true cells "
    "that share their predicted object with another one, split the number of cells in pieces. Multiply–adds and the "
    "time, as a multiple of U-Net's, are for one scene; the patch classifier looks at one patch for every pixel. "
    "results/training.json has every run by itself."
)
MODELS: dict[str, Callable[[], nn.Module]] = {
    "patch classifier": lambda: PatchClassifier(1, 2, patch_size=29, width=WIDTH),
    "FCN-32s": lambda: FCN(1, 2, width=WIDTH, stride=32),
    "FCN-16s": lambda: FCN(1, 2, width=WIDTH, stride=16),
    "FCN-8s": lambda: FCN(1, 2, width=WIDTH, stride=8),
    "encoder–decoder, depth 1": lambda: EncoderDecoder(1, 2, width=WIDTH, depth=1),
    "encoder–decoder, depth 2": lambda: EncoderDecoder(1, 2, width=WIDTH, depth=2),
    "encoder–decoder, depth 3": lambda: EncoderDecoder(1, 2, width=WIDTH, depth=3),
    "encoder–decoder, depth 4": lambda: EncoderDecoder(1, 2, width=WIDTH, depth=4),
    "encoder–decoder, nearest": lambda: EncoderDecoder(1, 2, width=WIDTH, depth=3, upsampling="nearest"),
    "encoder–decoder, bilinear": lambda: EncoderDecoder(1, 2, width=WIDTH, depth=3, upsampling="bilinear"),
    "U-Net, summed skips": lambda: UNet(1, 2, width=WIDTH, depth=3, padding=True, skips="sum"),
    "U-Net": lambda: UNet(1, 2, width=WIDTH, depth=3, padding=True),
    "U-Net, weighted loss": lambda: UNet(1, 2, width=WIDTH, depth=3, padding=True),
}


def measure() -> list[dict]:
    """Train and test every network with every seed; one row each."""
    train, test = gather(TRAIN), gather(TEST)
    rows = []
    for name in MODELS:
        for seed in SEEDS:
            model = learn(name, train, seed=seed)
            row = {"model": name, "seed": seed} | size(model) | score(model, *test[::3])
            print(row, flush=True)
            rows.append(row)
    seconds = times()
    return [row | {"time": seconds[row["model"]] / seconds["U-Net"]} for row in rows]


def learn(name: str, data: tuple[Tensor, ...], *, seed: int) -> nn.Module:
    """Build one of the networks and train it with the budget of all."""
    torch.manual_seed(seed)
    model = MODELS[name]()
    trained = _train_patches if isinstance(model, PatchClassifier) else _train
    trained(model, data, seed=seed, weighted="weighted" in name)
    return model


def times() -> dict[str, float]:
    """Time one scene through every network, the best of rounds in which all take turns; weights make no difference."""
    models, scene = {name: build() for name, build in MODELS.items()}, torch.rand(1, 1, 96, 96)
    best = dict.fromkeys(models, float("inf"))
    for _ in range(ROUNDS):
        for name, model in models.items():
            start = perf_counter()
            answer(model, scene)
            best[name] = min(best[name], perf_counter() - start)
    return best


def summary(rows: list[dict]) -> list[dict]:
    """Write mean ± standard deviation over the seeds, a line for every network."""
    lines = []
    for name in dict.fromkeys(row["model"] for row in rows):
        runs = [row for row in rows if row["model"] == name]
        line = {"model": name}
        line |= {
            "parameters": f"{runs[0]['parameters']:,}",
            "multiply–adds": f"{runs[0]['multiply–adds'] / 1e6:,.0f} M",
        }
        line["time"] = f"{runs[0]['time']:.1f}"
        for column, digits in {"mIoU": 3, "IoU": 3, "boundary F": 3, "AP": 2, "merged": 2, "split": 1}.items():
            values = [run[column] for run in runs]
            line[column] = f"{mean(values):.{digits}f} ± {stdev(values):.{digits}f}"
        lines.append(line)
    return lines


def gather(scenes: CellScenes) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Stack images, carved targets, their weight maps, and the true instances."""
    images, _, instances = (torch.stack(views) for views in zip(*scenes, strict=True))
    carved = [carve_touching(truth) for truth in instances]
    targets = torch.stack([(truth > 0).long() for truth in carved])
    return images, targets, torch.stack([weight_map(truth) for truth in carved]), instances


def batches(data: tuple[Tensor, ...], *, seed: int) -> list[tuple[Tensor, ...]]:
    """Draw the batches of one run: scenes at random, turned and mirrored."""
    generator = torch.Generator().manual_seed(seed)
    drawn = []
    for _ in range(STEPS):
        chosen = torch.randint(len(data[0]), (BATCH,), generator=generator)
        turns, mirrored = torch.randint(4, (2,), generator=generator).tolist()
        views = [torch.rot90(view[chosen], turns, (-2, -1)) for view in data]
        drawn.append(tuple(view.flip(-1) for view in views) if mirrored % 2 else tuple(views))
    return drawn


def score(model: nn.Module, images: Tensor, instances: Tensor) -> dict[str, float]:
    """Hold predictions against the true, uncarved cells."""
    logits = torch.cat([answer(model, image[None]) for image in images])
    preds, labels = logits.argmax(dim=1), (instances > 0).long()
    confusion = metrics.confusion_matrix(preds, labels, num_classes=2)
    found = metrics.connected_components(preds.bool())
    cells = sum(len(truth.unique()) - 1 for truth in instances)
    return {
        "mIoU": metrics.mean_iou(confusion),
        "IoU": metrics.iou(confusion)[1].item(),
        "boundary F": metrics.boundary_f_score(metrics.boundary_counts(preds, labels, num_classes=2, tolerance=1.0))[
            1
        ].item(),
        "AP": metrics.average_precision(metrics.instance_counts(found, instances, thresholds=(0.5,)))[0].item(),
        "merged": metrics.merged_cells(found, instances) / cells,
        "split": metrics.split_cells(found, instances),
    }


@torch.no_grad()
def answer(model: nn.Module, images: Tensor) -> Tensor:
    """Give logits for every pixel; the patch classifier sees the patch of each in turn, mirrored at the border."""
    model.eval()
    if not isinstance(model, PatchClassifier):
        return model(images)
    half = model.patch_size // 2
    columns = F.unfold(F.pad(images, (half,) * 4, mode="reflect"), model.patch_size)
    patches = columns.transpose(1, 2).reshape(-1, 1, model.patch_size, model.patch_size)
    logits = torch.cat([model(some) for some in patches.split(1024)])
    return logits.T.reshape(1, -1, *images.shape[-2:])


def size(model: nn.Module) -> dict[str, int]:
    """Count the parameters, and the multiply–adds for one scene."""
    with FlopCounterMode(display=False) as counter:
        answer(model, torch.zeros(1, 1, 96, 96))
    parameters = sum(parameter.numel() for parameter in model.parameters())
    return {"parameters": parameters, "multiply–adds": counter.get_total_flops() // 2}


def _train(model: nn.Module, data: tuple[Tensor, ...], *, seed: int, weighted: bool) -> None:
    shown = data[: 3 if weighted else 2]
    _fit(model, batches(shown, seed=seed), lambda *given: cross_entropy(*given, reduction="pixel_mean"), seed)


def _train_patches(model: PatchClassifier, data: tuple[Tensor, ...], *, seed: int, weighted: bool) -> None:
    generator = torch.Generator().manual_seed(seed)
    shown, half = [], model.patch_size // 2
    for images, targets in batches(data[:2], seed=seed):
        padded = F.pad(images, (half,) * 4, mode="reflect")
        rows, columns = torch.randint(images.shape[-1], (2, BATCH * PATCHES), generator=generator)
        which = torch.arange(BATCH).repeat_interleave(PATCHES)
        patches = [
            padded[i, :, row : row + model.patch_size, column : column + model.patch_size]
            for i, row, column in zip(which, rows, columns, strict=True)
        ]
        shown.append((torch.stack(patches), targets[which, rows, columns]))
    _fit(model, shown, nn.CrossEntropyLoss(), seed)


def _fit(model: nn.Module, shown: list, loss: Callable, seed: int) -> None:
    fit(model, shown, loss, torch.optim.Adam(model.parameters(), lr=RATE), steps=STEPS, seed=seed)
