"""What a training run does, said once: network, target, augmentation, steps. The defaults are the book's recipe."""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from segbook.checks import check_number
from segbook.data import BORDER_CLASSES, Variations, border_labels
from segbook.losses import cross_entropy
from segbook.models import UNet
from segbook.pixel_weights import border_weights, carve_touching
from segbook.train.batches import kept_generators
from segbook.train.parts import Parts

TARGETS = ("carved", "border")


@dataclass(frozen=True)
class Recipe:
    """The settings of a run.

    Attributes:
        target: What ids become: "carved", two classes with a gap of one pixel between cells that touch; or "border",
            the classes outside, inside and border. Masks of classes stay as they are.
        w_0: Height of the weight map's ridge between cells; 0 leaves the map out.
        sigma: Width of that ridge in pixels.
        width: Channels of U-Net at full size.
        depth: How often it halves the size.
        skips: "concat", "sum" or "none".
        norm: "none", "batch" or "instance". Of several processes each takes the mean of its own share of a batch: with
            "batch" two of them do not train the network that one would.
        size: Height and width of the crops in pixels.
        flip: Whether crops are mirrored by chance.
        degrees: Largest angle by which they are turned.
        elastic: Standard deviation of their elastic deformation in pixels.
        steps: Batches to train on, at most.
        batch_size: Crops in a batch, over all processes.
        rate: Adam's largest learning rate; it rises over the first 20 steps and falls to 0 along a cosine.
        every: Steps between two looks at the validation images.
        patience: Looks without a better score after which training stops; 0 never stops.
        precision: As in `fit`.
        seed: Of weights and augmentation.
    """

    target: str = "border"
    w_0: float = 0.0
    sigma: float = 5.0
    width: int = 16
    depth: int = 3
    skips: str = "concat"
    norm: str = "none"
    size: int = 128
    flip: bool = True
    degrees: float = 0.0
    elastic: float = 4.0
    steps: int = 1000
    batch_size: int = 8
    rate: float = 2e-3
    every: int = 50
    patience: int = 0
    precision: str = "float32"
    seed: int = 0

    def __post_init__(self) -> None:
        """Check what nothing else checks.

        Raises:
            ValueError: If a setting is out of range.
        """
        if self.target not in TARGETS:
            raise ValueError(f"target must be one of {', '.join(TARGETS)}: got {self.target!r}")
        for name in ("width", "size", "steps", "batch_size", "every"):
            check_number(name, getattr(self, name), 1, whole=True)
        for name in ("depth", "patience", "seed"):
            check_number(name, getattr(self, name), whole=True)
        for name in ("w_0", "rate"):
            check_number(name, getattr(self, name))
        if self.size % 2**self.depth:
            legal = -(-self.size // 2**self.depth) * 2**self.depth
            raise ValueError(f"size must be a multiple of 2^depth = {2**self.depth}: got {self.size}, make it {legal}")

    def model_for(self, parts: Parts) -> nn.Module:
        """Build the network with the weights of the seed."""
        return build(self.network_for(parts), seed=self.seed)

    def network_for(self, parts: Parts) -> dict[str, Any]:
        """Say what `build` is given: what stands in a checkpoint, too."""
        image = parts.train[0][0]
        classes = (len(BORDER_CLASSES) if self.target == "border" else 2) if parts.instances else _classes(parts)
        return {
            "in_channels": len(image),
            "num_classes": classes,
            "width": self.width,
            "depth": self.depth,
            "skips": self.skips,
            "norm": self.norm,
        }

    def variations(self, pictures: Any, length: int) -> Variations:
        """Vary the pictures, and turn what is seen of their masks into the target."""
        return Variations(
            pictures,
            length,
            seed=self.seed,
            size=self.size,
            flip=self.flip,
            degrees=self.degrees,
            sigma=self.elastic,
            transform=self.aim,
        )

    def aim(self, image: Tensor, labels: Tensor, instances: Tensor | None = None) -> tuple[Tensor, ...]:
        """Give the image, its target and, with a weight map, the weight of every pixel."""
        if instances is None:
            return image, labels
        if self.target == "border" and not self.w_0:
            return image, border_labels(instances)
        carved = carve_touching(instances)
        target = border_labels(instances) if self.target == "border" else (carved > 0).long()
        if not self.w_0:
            return image, target
        return image, target, 1 + border_weights(carved, w_0=self.w_0, sigma=self.sigma)

    def loss(self, logits: Tensor, labels: Tensor, weight_map: Tensor | None = None) -> Tensor:
        """Average the weighted surprise over the pixels."""
        return cross_entropy(logits, labels, weight_map, reduction="pixel_mean")

    def rate_at(self, step: int) -> float:
        """Return the learning rate of a step, from 1."""
        warm = min(1.0, step / 20)
        share = (step - 1) / self.steps
        return self.rate * warm * 0.5 * (1 + torch.cos(torch.tensor(torch.pi * share)).item())

    def differences(self, other: dict[str, Any]) -> list[str]:
        """Name the settings in which a stored run differs."""
        mine = asdict(self)
        return [
            f"{name} {other.get(name)!r}, now {value!r}" for name, value in mine.items() if other.get(name) != value
        ]


def build(network: dict[str, Any], *, seed: int = 0) -> UNet:
    """Build a padded U-Net from what `Recipe.network_for` says; the global generators stay as they are."""
    with kept_generators(torch.device("cpu")):
        torch.manual_seed(seed)
        return UNet(**network, padding=True)


def _classes(parts: Parts) -> int:
    return 1 + max(int(labels.max()) for part in (parts.train, parts.validation, parts.test) for _, labels in part)
