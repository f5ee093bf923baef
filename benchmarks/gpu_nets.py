"""The paper's U-Net on a device, in every way of running it that gpu.py compares, and how a run is timed.

Times are taken with CUDA events on a GPU and with the clock on a CPU; memory is the most that torch's allocator has
handed out. Numbers are called float32 with TensorFloat-32 off, tf32 with it on (torch's convolutions have it on unless
told otherwise), and bfloat16 under autocast with weights in float32, as `segbook.train.fit` does it.
"""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from statistics import median

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segbook.models import UNet
from segbook.shapes import unet_ledger

SEED = 0
NUMBERS = ("float32", "tf32", "bfloat16")
ENOUGH = 2.0  # seconds after which three repeats will do


@dataclass(frozen=True)
class Sizes:
    """How much is computed: all of it on a GPU, or just enough to see that every way can be taken.

    Attributes:
        paper: Width and depth of the paper's net.
        size: Pixels along one axis of its input.
        batches: Images at a time, fewest first.
        book: Width and depth of the book's net.
        book_size: Pixels along one axis of its input.
        matrix: Rows and columns of the product that gives the peak.
        copied: Bytes that are copied within the device.
        steps: Training steps for each seed.
        scenes: Images for training, and as many for testing.
        repeats: Timings of each way.
        filled: Seconds that a repeat fills with calls.
        backend: What `torch.compile` compiles with.
    """

    paper: dict[str, int]
    size: int
    batches: tuple[int, ...]
    book: dict[str, int]
    book_size: int
    matrix: int
    copied: int
    steps: int
    scenes: int
    repeats: int
    filled: float
    backend: str


FULL = Sizes(
    {"width": 64, "depth": 4}, 572, (1, 4, 16), {"width": 12, "depth": 3}, 96, 8192, 2**31, 200, 48, 9, 0.05, "inductor"
)
QUICK = Sizes({"width": 2, "depth": 1}, 36, (1, 2), {"width": 2, "depth": 1}, 32, 256, 2**20, 3, 4, 3, 0.0, "eager")


@dataclass(frozen=True)
class Way:
    """One way of running a net.

    Attributes:
        run: "forward" or "step", which is forward, cross entropy, backward and Adam.
        images: In a batch.
        numbers: One of `NUMBERS`.
        channels_last: Whether images and weights lie channels last.
        tries: Whether cuDNN tries its algorithms before it chooses one.
        compiled: Whether `torch.compile` compiles the net.
    """

    run: str
    images: int
    numbers: str
    channels_last: bool
    tries: bool = False
    compiled: bool = False


def run(way: Way, device: torch.device, sizes: Sizes, peak: float) -> dict:
    """Time the paper's net one way; a way that is not possible here says why in its row.

    Args:
        way: How it is run.
        device: Where.
        sizes: How large it is.
        peak: Operations in a second of a large bfloat16 matrix product.
    """
    ledger = unet_ledger(sizes.size, **sizes.paper)
    operations = 2 * sum(layer.multiply_adds for layer in ledger) * (3 if way.run == "step" else 1)
    row = asdict(way)
    forget(device)
    torch.backends.cudnn.benchmark = way.tries
    try:
        with tf32(way.numbers != "float32"):
            net = paper_net(sizes).to(device)
            images, labels = batch(way.images, sizes.size, ledger[-1].output_size, device)
            work = step if way.run == "step" else forward
            start = time.perf_counter()
            work = work(net, images, labels, way, sizes.backend)
            row["output size"] = work().shape[-1]
            synchronise(device)
            row["first call, s"] = digits(time.perf_counter() - start)
            row |= timed(work, device, sizes)
    except Exception as error:  # out of memory, or no compiler: the other ways go on
        return row | {"failed": f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"}
    finally:
        torch.backends.cudnn.benchmark = False
    rate = operations * way.images / row["ms"] * 1e3
    return row | {
        "images/s": digits(way.images / row["ms"] * 1e3),
        "TFLOP/s": digits(rate / 1e12),
        "share of bf16 peak": digits(rate / peak),
        "GiB": digits(torch.cuda.max_memory_allocated(device) / 2**30) if device.type == "cuda" else None,
    }


def paper_net(sizes: Sizes) -> UNet:
    """Build the paper's net, the same weights each time."""
    torch.manual_seed(SEED)
    return UNet(1, 2, **sizes.paper)


def book_net(sizes: Sizes, seed: int = SEED) -> UNet:
    """Build the net that the book trains on scenes."""
    torch.manual_seed(seed)
    return UNet(1, 2, padding=True, **sizes.book)


def batch(images: int, size: int, output_size: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Draw random images and labels, the same on every device."""
    generator = torch.Generator().manual_seed(SEED)
    drawn = torch.rand(images, 1, size, size, generator=generator)
    return drawn.to(device), torch.randint(2, (images, output_size, output_size), generator=generator).to(device)


def forward(net: nn.Module, images: Tensor, labels: Tensor, way: Way, backend: str) -> Callable[[], Tensor]:
    """Make a function that scores the images."""
    net, images = _laid_out(net.eval(), images, way, backend)

    def work() -> Tensor:
        with torch.no_grad(), autocast(images.device, way.numbers):
            return net(images)

    return work


def step(net: nn.Module, images: Tensor, labels: Tensor, way: Way, backend: str) -> Callable[[], Tensor]:
    """Make a function that trains for one step and returns the scores: a bare loop, without reading the loss."""
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-4)
    net, images = _laid_out(net, images, way, backend)

    def work() -> Tensor:
        with autocast(images.device, way.numbers):
            logits = net(images)
        optimizer.zero_grad()
        F.cross_entropy(logits.float(), labels).backward()
        optimizer.step()
        return logits

    return work


def _laid_out(net: nn.Module, images: Tensor, way: Way, backend: str) -> tuple[Callable, Tensor]:
    layout = torch.channels_last if way.channels_last else torch.contiguous_format
    net.to(memory_format=layout)
    if way.compiled:
        torch._dynamo.reset()  # so that the next size is compiled for itself, not for all sizes
        net = torch.compile(net, backend=backend)
    return net, images.to(memory_format=layout)


def timed(work: Callable[[], object], device: torch.device, sizes: Sizes) -> dict[str, float]:
    """Time a function: milliseconds for a call, the median of the repeats, the least and the most.

    A repeat is as many calls as fill `sizes.filled` seconds, and 50 at most, after two calls that do not count.
    """
    _seconds(work, 1, device)
    calls = min(max(round(sizes.filled / _seconds(work, 1, device)), 1), 50)
    times, began = [], time.perf_counter()
    while len(times) < sizes.repeats and (len(times) < 3 or time.perf_counter() - began < ENOUGH):
        times.append(1e3 * _seconds(work, calls, device) / calls)
    values = {"ms": median(times), "least ms": min(times), "most ms": max(times)}
    return {name: digits(value) for name, value in values.items()} | {"repeats": len(times)}


def _seconds(work: Callable[[], object], calls: int, device: torch.device) -> float:
    if device.type != "cuda":
        start = time.perf_counter()
        for _ in range(calls):
            work()
        return time.perf_counter() - start
    first, last = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    torch.cuda.synchronize()
    first.record()
    for _ in range(calls):
        work()
    last.record()
    torch.cuda.synchronize()
    return first.elapsed_time(last) / 1e3


def synchronise(device: torch.device) -> None:
    """Wait until a GPU has done what it was told."""
    if device.type == "cuda":
        torch.cuda.synchronize()


def forget(device: torch.device) -> None:
    """Give the memory of earlier runs back, and count the peak anew."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)


@contextmanager
def tf32(allowed: bool) -> Iterator[None]:
    """Let float32 convolutions and products use TensorFloat-32, or not; afterwards as before."""
    before = torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = allowed
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = before


def autocast(device: torch.device, numbers: str) -> torch.autocast:
    """Compute in bfloat16 where that is asked for."""
    return torch.autocast(device.type, torch.bfloat16, enabled=numbers == "bfloat16")


def digits(value: float) -> float:
    """Round to four significant digits."""
    return float(f"{value:.4g}")
