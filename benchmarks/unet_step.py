"""A training step of our U-Net against the U-Nets that people use, and against itself in short numbers."""

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
from segbook.train import fit, pick_precision

TITLE = "A training step of U-Net"
NOTE = (
    "Forward, cross entropy, backward, Adam; four images of 128², the best of rounds in which all ways take turns. "
    "'Loop' is the usual training loop in float32, as a user of each would write it; 'fit' is `segbook.train.fit`, "
    "which lays tensors out channels last and with precision='auto' takes the shortest numbers that the machine has; "
    "it trains every model here. 'Times ours' compares within one way of training, 'times our fit' with ours, auto. "
    "Multiply–adds are for one image, forward. MONAI's net has equal width and about equal parameters; it normalises "
    "(instance norm), ours does not. The net of segmentation_models_pytorch halves the image twice before it computes "
    "much, so it has more parameters and fewer multiply–adds. Its import asks for torchvision, which is not to be had "
    "for a CPU-only torch: empty classes stand in for it, and its encoder here (timm's ResNet-18, no weights loaded) "
    "uses none of them. A package that is not installed is left out; benchmarks/requirements.txt has them."
)
ROUNDS = 8


def measure() -> list[dict]:
    """Let all models train in all ways, one step each in turn."""
    torch.manual_seed(0)
    batch = torch.rand(4, 1, 128, 128), torch.randint(2, (4, 128, 128))
    auto = pick_precision("cpu")
    ways = {
        "loop, float32": _loop,
        "fit, float32": lambda *trained: _fit(*trained, "float32"),
        f"fit, {auto} (auto)": lambda *trained: _fit(*trained, auto),
    }
    steps, facts = {}, {}
    for name, build in _builders().items():
        with FlopCounterMode(display=False) as counter:
            model = build()
            model(batch[0][:1])
        parameters = sum(parameter.numel() for parameter in model.parameters())
        facts[name] = {
            "model": name,
            "parameters": f"{parameters / 1e6:.2f} M",
            "multiply–adds": f"{counter.get_total_flops() / 2e9:.2f} G",
        }
        for way, step in ways.items():
            steps[name, way] = _prepare(step, build(), batch)
    best = dict.fromkeys(steps, float("inf"))
    for _ in range(ROUNDS):
        for key, step in steps.items():
            start = perf_counter()
            step()
            best[key] = min(best[key], perf_counter() - start)
    ours, ours_auto = next(iter(facts)), best[next(iter(facts)), [*ways][-1]]
    return [
        facts[name]
        | {
            "trained by": way,
            "step": f"{seconds * 1e3:,.0f} ms",
            "times ours": f"{seconds / best[ours, way]:.2f}",
            "times our fit": f"{seconds / ours_auto:.2f}",
        }
        for (name, way), seconds in best.items()
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


def _fit(model: nn.Module, optimizer: torch.optim.Optimizer, batch: tuple, precision: str) -> None:
    fit(model, [batch], F.cross_entropy, optimizer, steps=1, precision=precision)


def _builders() -> dict:
    """Say how each net is built; ours first."""
    builders = {"segbook UNet": lambda: UNet(1, 2, width=32, depth=3, padding=True)}
    if find_spec("monai"):
        from monai.networks.nets import BasicUNet

        builders["MONAI BasicUNet"] = lambda: BasicUNet(spatial_dims=2, in_channels=1, out_channels=2)
    if find_spec("segmentation_models_pytorch") and find_spec("timm"):
        if find_spec("torchvision") is None:
            sys.meta_path.append(_StandIn())
        import segmentation_models_pytorch as smp

        builders["smp Unet (ResNet-18)"] = lambda: smp.Unet(
            "tu-resnet18", encoder_weights=None, in_channels=1, classes=2
        )
    return builders


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
