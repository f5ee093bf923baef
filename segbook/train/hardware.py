"""Which device, and which number format, this machine computes fast with."""

from functools import cache
from time import perf_counter
from typing import Any

import torch
from torch import nn


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
