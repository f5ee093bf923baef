"""What bfloat16 gains over float32 on this processor: a convolution, and a training step of our U-Net."""

from collections.abc import Callable
from time import perf_counter

import torch
from torch import nn
from torch.nn import functional as F

from segbook.models import UNet
from segbook.train import fit, pick_precision

TITLE = "Short numbers"
NOTE = (
    "bfloat16 against float32, both channels last, the best of rounds in which all take turns. The convolutions go "
    "from C to C channels, 3×3, forward; 'rate' counts a multiply–add as two operations. The step is a U-Net of width "
    '32 and depth 3 on four images of 128². `precision="auto"` measures first and takes what is faster here. A '
    "processor can have the instructions and lose by them: on the one named below, which has AVX512-BF16 and no AMX "
    "tiles, a convolution in short numbers runs well below the float32 rate, so a step cannot gain."
)
ROUNDS = 12
DTYPES = (torch.float32, torch.bfloat16)


def measure() -> list[dict]:
    """Let both kinds of numbers take turns."""
    torch.manual_seed(0)
    instructions = f"AVX512-BF16 {_says('_is_avx512_bf16_supported')}, AMX {_says('_is_amx_tile_supported')}"
    rows = []
    for channels, size in ((32, 128), (64, 64), (128, 32)):
        best = _best([_convolution(channels, size, dtype) for dtype in DTYPES])
        operations = 2 * 4 * 9 * channels**2 * size**2
        rows.append(
            [f"convolution {channels} → {channels} at {size}²", best, [f"{operations / t / 1e9:.0f} G/s" for t in best]]
        )
    best = _best([_step("loop"), _step("float32"), _step("bfloat16"), _step("auto")])
    names = ("a plain loop, float32", "fit, float32", "fit, bfloat16", f"fit, auto ({pick_precision('cpu')})")
    return [
        {
            "processor has": instructions,
            "what": what,
            "numbers": str(dtype)[6:],
            "rate": rate,
            "times float32": f"{best[0] / t:.2f}",
        }
        for what, best, rates in rows
        for dtype, t, rate in zip(DTYPES, best, rates, strict=True)
    ] + [
        {
            "processor has": instructions,
            "what": "training step",
            "numbers": name,
            "rate": f"{1 / t:.1f} steps/s",
            "times float32": f"{best[0] / t:.2f}",
        }
        for name, t in zip(names, best, strict=True)
    ]


def _says(question: str) -> str:
    return "yes" if getattr(torch.cpu, question, lambda: False)() else "no"


def _best(steps: list[Callable[[], object]]) -> list[float]:
    best = [float("inf")] * len(steps)
    for _ in range(ROUNDS):
        for i, step in enumerate(steps):
            start = perf_counter()
            step()
            best[i] = min(best[i], perf_counter() - start)
    return best


def _convolution(channels: int, size: int, dtype: torch.dtype) -> Callable[[], torch.Tensor]:
    layout = {"dtype": dtype, "memory_format": torch.channels_last}
    images = torch.randn(4, channels, size, size).to(**layout)
    weight = torch.randn(channels, channels, 3, 3).to(**layout)
    return lambda: F.conv2d(images, weight, padding=1)


def _step(way: str) -> Callable[[], object]:
    model = UNet(1, 2, width=32, depth=3, padding=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    images, labels = torch.rand(4, 1, 128, 128), torch.randint(2, (4, 128, 128))

    def loop() -> None:
        optimizer.zero_grad()
        nn.CrossEntropyLoss()(model(images), labels).backward()
        optimizer.step()

    if way == "loop":
        return loop
    return lambda: fit(model, [(images, labels)], F.cross_entropy, optimizer, steps=1, precision=way)
