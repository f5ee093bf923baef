"""Which device, and which number format, this machine computes fast with; and training steps in them."""

from contextlib import AbstractContextManager, nullcontext
from functools import cache
from time import perf_counter
from typing import Any

import torch
from torch import Tensor, nn

from segbook.train.images import to_numbers_of

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
SMALLEST_SCALE = 2.0**-24  # of a loss in float16; a gradient that overflows below it overflows anywhere


def pick_device() -> torch.device:
    """Take the GPU if there is one, else the CPU.

    >>> pick_device().type in ("cuda", "mps", "cpu")
    True
    """
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def pick_precision(device: torch.device | str) -> str:
    """Name the shortest number format that this hardware multiplies fast, not one that it emulates.

    bfloat16 on GPUs with units for it, and on CPUs with AVX512-BF16 that are faster with it in a short measurement;
    float16 on older GPUs with tensor cores (Colab's T4, which torch believes to have bfloat16); float32 everywhere
    else, also where torch's AVX-512 is off.

    Args:
        device: Where the model will run.

    Returns:
        "bfloat16", "float16" or "float32".

    Source: the documentation of `torch.cuda.is_bf16_supported`; measured in `benchmarks/short_numbers.py`.

    >>> pick_precision("cpu") in ("bfloat16", "float32")
    True
    """
    device = torch.device(device)
    if device.type == "cuda":
        if torch.cuda.is_bf16_supported(including_emulation=False):
            return "bfloat16"
        return "float16" if torch.cuda.get_device_capability(device) >= (7, 0) else "float32"
    if device.type == "cpu" and torch.backends.cpu.get_cpu_capability() not in ("DEFAULT", "NO AVX", "AVX2"):
        # torch 2.4 cannot say; the answer is then the safe one.
        supported = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)()
        return "bfloat16" if supported and bfloat16_pays() else "float32"
    return "float32"


def device_of(model: nn.Module) -> torch.device:
    """Say where a model's parameters are; the CPU if it has none.

    Args:
        model: Any module.
    """
    return next((parameter.device for parameter in model.parameters()), torch.device("cpu"))


def move(model: nn.Module, to: torch.device | torch.dtype, layout: torch.memory_format) -> nn.Module:
    """Move a model to a device or into a number format, in place, and lay its weights out in memory."""
    convert: Any = model.to  # torch's own types do not know that modules take a memory_format
    return convert(to, memory_format=layout)


class Machine:
    """Where a model is trained and in which numbers: what the training loop asks for and need not know.

    Args:
        model: Moved to the device, in place; its weights stay in their number format.
        optimizer: Its state is moved, too. From its first parameter group the loss scale of float16 is taken up, which
            is kept there, so that a checkpoint has it.
        device: Where to train; where the model is, if None.
        precision: "float32", "bfloat16", "float16", or "auto": what `pick_precision` says.

    Raises:
        ValueError: If `precision` has no such name.
    """

    def __init__(
        self, model: nn.Module, optimizer: torch.optim.Optimizer, device: torch.device | str | None, precision: str
    ):
        self.device = torch.device(device) if device is not None else device_of(model)
        precision = pick_precision(self.device) if precision == "auto" else precision
        if precision not in PRECISIONS:
            raise ValueError(f"precision must be 'auto' or one of {', '.join(PRECISIONS)}: got {precision!r}")
        self.dtype, self.is_short = PRECISIONS[precision], precision != "float32"
        # Channels last: the order in which CPUs and short numbers convolve fastest.
        fast = self.is_short or self.device.type == "cpu"
        self.layout = torch.channels_last if fast else torch.preserve_format
        self.model = move(model, self.device, self.layout)
        if _is_elsewhere(optimizer):
            optimizer.load_state_dict(optimizer.state_dict())  # torch moves the state to where the parameters are
        self.optimizer = optimizer
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=precision == "float16")
        if self.scaler.is_enabled() and "loss_scale" in optimizer.param_groups[0]:
            self.scaler.load_state_dict(optimizer.param_groups[0]["loss_scale"])
        self.repeats = 0

    def take(self, images: Tensor, targets: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """Bring a batch to the device, the images in the model's number format."""
        images = to_numbers_of(self.model, images.to(self.device, memory_format=self.layout))
        return images, [target.to(self.device) for target in targets]

    def numbers(self) -> AbstractContextManager:
        """Return the context in which convolutions compute in short numbers, if they do."""
        return torch.autocast(self.device.type, self.dtype) if self.is_short else nullcontext()

    def long(self, logits: Any) -> Any:
        """Return logits in float32 at least: the loss is no place for short numbers."""
        return logits.float() if self.is_short and isinstance(logits, Tensor) else logits

    def descend(self, value: Tensor) -> None:
        """Take one step down the gradient. Where float16 cannot hold it, halve the loss's scale and take it again.

        Args:
            value: The loss.

        Raises:
            FloatingPointError: If the gradient is not finite at any scale.
        """
        while True:
            self.optimizer.zero_grad()
            self.scaler.scale(value).backward(retain_graph=self.scaler.is_enabled())
            scale = self.scaler.get_scale()
            self.scaler.step(self.optimizer)
            self.scaler.update()
            if self.scaler.is_enabled():
                self.optimizer.param_groups[0]["loss_scale"] = self.scaler.state_dict()
            if self.scaler.get_scale() >= scale:
                return
            self.repeats += 1
            if scale < SMALLEST_SCALE:
                raise FloatingPointError("the gradient is not finite, in float16, at any scale of the loss")


def _is_elsewhere(optimizer: torch.optim.Optimizer) -> bool:
    """Say whether any state, numbers apart, is on another device than its parameter."""
    return any(
        isinstance(value, Tensor) and value.ndim > 0 and value.device != parameter.device
        for parameter, state in optimizer.state.items()
        for value in state.values()
    )


@cache
def bfloat16_pays() -> bool:
    """Time one convolution forwards and backwards in float32 and in bfloat16, once, for some tens of milliseconds.

    Having the instructions is not enough: on one CPU with AVX512-BF16 a training step was 1.7 times as fast with them,
    on another one, where `benchmarks/README.md` was measured, slower.
    """
    times = dict.fromkeys((torch.float32, torch.bfloat16), float("inf"))
    with torch.random.fork_rng(devices=[]):
        conv, images = nn.Conv2d(32, 32, 3, padding=1), torch.randn(4, 32, 64, 64)
    for _ in range(6):  # in turns, so that other work on the machine troubles both alike
        for dtype in times:
            layer = move(conv, dtype, torch.channels_last)
            x = images.to(dtype, memory_format=torch.channels_last).requires_grad_()
            start = perf_counter()
            layer(x).sum().backward()
            times[dtype] = min(times[dtype], perf_counter() - start)
    return times[torch.bfloat16] < 0.8 * times[torch.float32]
