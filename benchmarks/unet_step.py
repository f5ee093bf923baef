"""A training step of our U-Net against the U-Nets that people use, width by width."""

import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from time import perf_counter
from types import ModuleType

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from segbook.models import UNet
from segbook.train import fit

TITLE = "A training step of U-Net"
NOTE = (
    "Forward, cross entropy, backward, Adam, float32; four images of 128², the best of rounds in which all ways take "
    "turns. 'Loop' is the usual training loop, as a user of each would write it; 'fit' is `segbook.train.fit`, which "
    "lays tensors out channels last; it trains every model here. Each rival stands under one of ours, and 'times ours' "
    "compares with that one, trained the same way. First, the same channels at every resolution as MONAI's BasicUNet "
    "with the paper's five levels; then the same channels as the decoder of segmentation_models_pytorch's Unet as it "
    "comes (256, 128, 64, 32, 16); last, MONAI's net as it comes against ours of as many parameters, where ours has "
    "twice the multiply–adds, because it puts more of its channels where images are large. MONAI's net normalises "
    "(instance norm) and smp's encoder too (batch norm), ours does not. smp asks for torchvision, which is not to be "
    "had for a CPU-only torch: empty classes stand in for it, and its encoder here (timm's ResNet-18, no weights "
    "loaded) uses none of them. A package that is not installed is left out; benchmarks/requirements.txt has them."
)
ROUNDS = 10


def measure() -> list[dict]:
    """Let all models train in both ways, one step each in turn."""
    torch.manual_seed(0)
    batch = torch.rand(4, 1, 128, 128), torch.randint(2, (4, 128, 128))
    ways = {"loop": _loop, "fit": _fit}
    steps, facts = {}, {}
    for pair, models in _pairs().items():
        for name, build in models.items():
            with FlopCounterMode(display=False) as counter:
                model = build()
                model(batch[0][:1])
            parameters = sum(parameter.numel() for parameter in model.parameters())
            facts[pair, name] = {
                "compared at": pair,
                "model": name,
                "parameters": f"{parameters / 1e6:.2f} M",
                "multiply–adds": f"{counter.get_total_flops() / 2e9:.2f} G",
            }
            for way, step in ways.items():
                steps[pair, name, way] = _prepare(step, build(), batch)
    best = dict.fromkeys(steps, float("inf"))
    for _ in range(ROUNDS):
        for key, step in steps.items():
            start = perf_counter()
            step()
            best[key] = min(best[key], perf_counter() - start)
    return [
        facts[pair, name]
        | {
            "trained by": way,
            "step": f"{seconds * 1e3:,.0f} ms",
            "times ours": f"{seconds / best[pair, 'segbook UNet', way]:.2f}",
        }
        for (pair, name, way), seconds in best.items()
    ]


def _prepare(step, model: nn.Module, batch: tuple):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    return lambda: step(model, optimizer, batch)


def _loop(model: nn.Module, optimizer: torch.optim.Optimizer, batch: tuple) -> None:
    images, labels = batch
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    loss.item()


def _fit(model: nn.Module, optimizer: torch.optim.Optimizer, batch: tuple) -> None:
    fit(model, [batch], F.cross_entropy, optimizer, steps=1)


def _pairs() -> dict[str, dict]:
    """Say how each net is built; ours first in each pair."""
    pairs = {
        "width 32–512": {"segbook UNet": lambda: UNet(1, 2, width=32, depth=4, padding=True)},
        "width 16–512": {"segbook UNet": lambda: UNet(1, 2, width=16, depth=5, padding=True)},
        "parameters": {"segbook UNet": lambda: UNet(1, 2, width=32, depth=3, padding=True)},
    }
    if find_spec("monai"):
        from monai.networks.nets import BasicUNet

        net = {"spatial_dims": 2, "in_channels": 1, "out_channels": 2}
        widths = (32, 64, 128, 256, 512, 32)
        pairs["width 32–512"]["MONAI BasicUNet"] = lambda: BasicUNet(**net, features=widths)
        pairs["parameters"]["MONAI BasicUNet"] = lambda: BasicUNet(**net)
    if find_spec("segmentation_models_pytorch") and find_spec("timm"):
        stand_in_for_torchvision()
        import segmentation_models_pytorch as smp

        plain = {"encoder_weights": None, "in_channels": 1, "classes": 2}
        pairs["width 16–512"]["smp Unet (ResNet-18)"] = lambda: smp.Unet("tu-resnet18", **plain)
    return pairs


def stand_in_for_torchvision() -> None:
    """Let smp be imported where torchvision, of which its encoder here uses nothing, cannot be had."""
    if find_spec("torchvision") is None:
        sys.meta_path.append(_StandIn())


class _StandIn:
    """Answer every import from torchvision with a module whose attributes are empty classes."""

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "torchvision":
            return ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        module = ModuleType(spec.name)
        module.__getattr__ = _empty_class
        return module

    def exec_module(self, module):
        """Leave the module empty."""


class _Empty(type):
    """A class whose attributes are their own names (timm keeps a table of interpolation modes)."""

    def __getattr__(cls, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return name


def _empty_class(name: str) -> type:
    if name.startswith("__"):
        raise AttributeError(name)
    return _Empty(name, (nn.Module,), {})
