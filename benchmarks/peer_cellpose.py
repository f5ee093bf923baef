"""Cellpose from random weights on the same nuclei: a row of peers.py.

The network, its target (flows towards the middle of every nucleus), crops, loss, optimiser and way from flows to ids
are those of the package, version 3; the network of version 4 cannot do without SAM's weights. As for the other
networks, validation images are looked at while it is trained, the best look is kept, and the settings of the read-out
are tuned on them.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch import Tensor

from segbook import metrics
from segbook.train.parts import Parts
from segbook.train.readout import IOUS, score_objects

GREY = [0, 0]  # Cellpose's two channels: grey, and an empty one
DIAMETER = 17.0  # in pixels, to which nuclei are scaled: that of Cellpose's own model of nuclei
BATCH = 8  # Cellpose's own
LOOKS = 8  # at the validation images, evenly over the training


@dataclass(frozen=True)
class Reading:
    """How ids are read off flows, as it comes with Cellpose.

    Attributes:
        diameter: By which an image is scaled: "mean" of the training images, or "estimated" for every image by
            Cellpose's model of sizes.
        cellprob_threshold: Score above which a pixel belongs to a nucleus.
        flow_threshold: Nuclei whose flows differ more from the network's are dropped; 0 keeps all.
        min_size: Nuclei with fewer pixels are dropped.
    """

    diameter: str = "mean"
    cellprob_threshold: float = 0.0
    flow_threshold: float = 0.4
    min_size: int = 15


TRIED: dict[str, tuple[str | float, ...]] = {
    "diameter": ("mean", "estimated"),
    "cellprob_threshold": (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0),
    "flow_threshold": (0.0, 0.2, 0.4, 0.6, 0.8),
    "min_size": (0, 15, 30),
}


def score_cellpose(parts: Parts, *, seed: int, rate: float, epochs: int, device: str) -> dict[str, Any]:
    """Train Cellpose's network, tune it on the validation images, and score the test images once.

    Every training image is rotated, flipped, scaled to a diameter of 17 pixels, give or take a quarter, and cropped to
    224² once in an epoch. The rate rises for ten epochs and is halved again and again over the last ones.

    Args:
        parts: The images; colours are averaged.
        seed: Of the weights. Cellpose draws the same crops whatever the seed.
        rate: Of AdamW; Cellpose's own is 0.005.
        epochs: How often every image is seen; at least 2.
        device: Where to train, such as "cuda".

    Returns:
        A row of peers.py. A look scores images at their true diameters, so that it depends on the network alone.

    Raises:
        ImportError: If Cellpose is not installed, or another version than 3.
        ValueError: If there are too few epochs.
    """
    from cellpose import models, train, utils, version

    if not version.startswith("3."):
        raise ImportError(f"Cellpose 3 can be trained from random weights: version {version} is installed")
    if epochs < 2:
        raise ValueError(f"epochs must be at least 2: got {epochs}")
    logging.getLogger("cellpose").setLevel(logging.ERROR)  # it warns of every image in which it finds nothing
    start = perf_counter()
    torch.manual_seed(seed)
    model = models.CellposeModel(mkldnn=False, diam_mean=DIAMETER, device=torch.device(device))
    names = ("train", "validation", "test")
    images = {name: [image.mean(dim=0).numpy() for image, *_ in getattr(parts, name)] for name in names}
    truths = {name: [ids for *_, ids in getattr(parts, name)] for name in names}

    def found(name: str, diameters: Sequence[float], **settings: Any) -> list[Tensor]:
        ids = model.eval(images[name], channels=GREY, diameter=list(diameters), **settings)[0]
        return [torch.from_numpy(one.astype(np.int64)) for one in ids]

    with TemporaryDirectory() as folder:
        every = max(1, epochs // LOOKS)
        last, *_ = train.train_seg(
            model.net,
            **_given(images["train"], truths["train"]),
            batch_size=BATCH,
            learning_rate=rate,
            n_epochs=epochs,
            save_path=folder,
            save_every=every,
            save_each=True,
            model_name="cellpose",
        )
        files = {epoch + 1: Path(f"{last}_epoch_{epoch:04d}") for epoch in range(every, epochs - 1, every)}
        files[epochs] = Path(last)
        true = [utils.diameters(ids.numpy())[0] for ids in truths["validation"]]
        scores: dict[int, float] = {}
        for epoch, file in files.items():
            _load(model.net, file)
            scores[epoch] = _precision(found("validation", true), truths["validation"]).mean().item()
        best = max(scores, key=lambda epoch: scores[epoch])
        _load(model.net, files[best])
        seconds = perf_counter() - start
        train.train_size(
            model.net, Path(folder) / "cellpose", **_given(images["train"], truths["train"]), bsize=256, batch_size=16
        )
        size = models.SizeModel(model, pretrained_size=str(Path(folder) / "cellpose_size.npy"))
    mean = model.net.diam_labels.item()
    diameters = {"mean": {name: [mean] * len(images[name]) for name in names[1:]}}
    diameters["estimated"] = {name: size.eval(images[name], channels=GREY)[0] for name in names[1:]}

    def read(name: str, reading: Reading) -> list[Tensor]:
        settings = asdict(reading)
        return found(name, diameters[settings.pop("diameter")][name], **settings)

    reading = tune(lambda reading: read("validation", reading), truths["validation"])
    return {
        "method": "Cellpose",
        "seed": seed,
        "rate": rate,
        "parameters": sum(weights.numel() for weights in model.net.parameters() if weights.requires_grad),
        "seconds": round(seconds, 1),
        "looks": [{"step": _steps(parts, epoch), "score": score} for epoch, score in scores.items()],
        "best step": _steps(parts, best),
        "readout": asdict(reading),
        **{name: score_objects(read(name, reading), truths[name]) for name in names[1:]},
    }


def tune(read: Callable[[Reading], Sequence[Tensor]], truths: Sequence[Tensor]) -> Reading:
    """Choose the settings with the highest AP at an IoU of 0.5, of equals with the higher mean AP, one after the other.

    Args:
        read: Gives the ids (H, W) of every validation image.
        truths: The true ids.
    """

    @cache
    def merit(reading: Reading) -> tuple[float, float]:
        precision = _precision(read(reading), truths)
        return precision[0].item(), precision.mean().item()

    best = Reading()
    for name, values in TRIED.items():
        best = max((replace(best, **{name: value}) for value in values), key=merit)
    return best


def _precision(found: Sequence[Tensor], truths: Sequence[Tensor]) -> Tensor:
    """Give the AP at every IoU from 0.5 to 0.9, of all images together."""
    pairs = zip(found, truths, strict=True)
    counts = [metrics.instance_counts(ids[None], truth[None], thresholds=IOUS) for ids, truth in pairs]
    return metrics.average_precision(torch.stack(counts).sum(dim=0)).nan_to_num()


def _given(images: list[np.ndarray], truths: list[Tensor]) -> dict[str, Any]:
    """Hand over copies of the ids, for Cellpose renumbers them in place."""
    return {"train_data": images, "train_labels": [ids.numpy().astype(np.int32) for ids in truths], "channels": GREY}


def _load(net: torch.nn.Module, file: Path) -> None:
    net.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))


def _steps(parts: Parts, epochs: int) -> int:
    return epochs * -(-len(parts.train) // BATCH)
