"""A trained network with all that belongs to it: how its images were normalised, and how objects are read off it."""

import json
from os import PathLike
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from segbook.data import normalise
from segbook.models import UNet
from segbook.train.checkpoints import load_checkpoint, read_extra
from segbook.train.readout import Readout
from segbook.train.recipe import build
from segbook.train.tiles import predict

SHIPPED = ("nuclei",)
WRITTEN = ("network", "percentiles", "readout")  # what `segbook.train.run` writes beside the weights


class Trained:
    """A network that finds objects in images of any exposure and size.

    Attributes:
        model: The network, in evaluation mode, with weights in float32.
        readout: How objects are read off its probabilities; None if it was trained on classes.
        percentiles: Of an image's grey values, that `normalise` makes 0 and 1.
        record: What `metrics.json` of its run says: command, commit, versions, images, settings, curve and scores.
            Empty if that file does not lie beside it.
    """

    def __init__(self, model: UNet, readout: Readout | None, percentiles: tuple[float, float], record: dict[str, Any]):
        self.model, self.readout, self.percentiles, self.record = model.eval(), readout, percentiles, record

    @property
    def channels(self) -> int:
        """How many channels an image must have."""
        return next(self.model.parameters()).shape[1]

    def probs(self, image: Tensor) -> Float[Tensor, "K H W"]:
        """Give the probabilities of the classes at every pixel: outside, inside, border; or background, object.

        Args:
            image: (C, H, W) of any size, as `read_image` gives it. It is normalised here; one that was before stays
                as it is.

        Raises:
            ValueError: If it has other channels than the network learned from.
        """
        if image.ndim == 3 and len(image) != self.channels:
            some = "image[2:3], or the brightest, image.amax(dim=0, keepdim=True)" if self.channels == 1 else "others"
            raise ValueError(f"image must have {self.channels} channel(s): got {tuple(image.shape)}; choose {some}")
        low, high = self.percentiles
        return predict(self.model, normalise(image, low=low, high=high)[None]).softmax(dim=1)[0].cpu()

    def instances(self, image: Tensor) -> Int64[Tensor, "H W"]:
        """Find the objects of an image: an id for every pixel.

        Args:
            image: As for `probs`.

        Raises:
            ValueError: If the network was trained on classes, which are no objects.
        """
        if self.readout is None:
            raise ValueError("this network was trained on classes, not on ids: take probs(image).argmax(dim=0)")
        return self.readout(self.probs(image)[None])[0]


def pretrained(source: str | PathLike[str], *, device: torch.device | str = "cpu") -> Trained:
    """Load a trained network: the one that lies in the package, or one that `python -m segbook.train` wrote.

    "nuclei" was trained on the sample of `segbook.data.nuclei("train")`, and has seen no image of "test". Its record
    says how, and how well it does.

    Args:
        source: "nuclei", or the path of a `model.pt`.
        device: Where the network is to compute.

    Raises:
        ValueError: If the file is damaged, could run code, or was not written by a training run.
        OSError: If there is no such file; it says which names there are.

    Source: `segbook/train/nuclei.json`, with the command.

    >>> from segbook.data import nuclei
    >>> image, _, instances = nuclei("test")[4]
    >>> found = pretrained("nuclei").instances(image)
    >>> found.max().item(), instances.max().item()
    (13, 13)
    """
    is_shipped = source in SHIPPED
    path = Path(__file__).with_name(f"{source}.pt") if is_shipped else Path(source)
    record = path.with_suffix(".json") if is_shipped else path.with_name("metrics.json")
    if not path.is_file():
        raise FileNotFoundError(f"source must be {', '.join(SHIPPED)} or the path of a model.pt: there is no {path}")
    extra = read_extra(path)
    if not extra.keys() >= set(WRITTEN):
        raise ValueError(f"{path} holds {', '.join(extra) or 'weights only'}: python -m segbook.train writes {WRITTEN}")
    model = build(extra["network"])
    load_checkpoint(path, model)
    readout = Readout(**extra["readout"]) if extra["readout"] is not None else None
    described = json.loads(record.read_text("utf-8")) if record.is_file() else {}
    return Trained(model.to(device), readout, tuple(extra["percentiles"]), described)
