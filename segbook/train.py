"""Train a model, keep it, and let it predict: short enough to be read in one sitting.

What is trained is handed in, data in pairs: a batch is `(images, *targets)`, and the loss is called with
`(logits, *targets)`. The same cell runs on a laptop and, by `device` and `precision`, on a GPU.
"""

import math
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from itertools import count, islice
from pathlib import Path

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from tqdm.auto import tqdm

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


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

    bfloat16 on GPUs with units for it and on CPUs with AVX512-BF16; float16 on older GPUs with tensor cores (Colab's
    T4, which torch believes to have bfloat16); float32 everywhere else, also where torch's AVX-512 is off.

    Args:
        device: Where the model will run.

    Returns:
        "bfloat16", "float16" or "float32".

    Source: the documentation of `torch.cuda.is_bf16_supported`; measured in `benchmarks/unet_step.py`.

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
        return "bfloat16" if getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)() else "float32"
    return "float32"


def fit(
    model: nn.Module,
    batches: Iterable | Dataset,
    loss: Callable[..., Tensor],
    optimizer: torch.optim.Optimizer,
    *,
    steps: int | None = None,
    epochs: int | None = None,
    batch_size: int = 8,
    device: torch.device | str | None = None,
    precision: str = "float32",
    seed: int = 0,
    after_step: Callable[[int], object] | None = None,
) -> dict[str, list[float]]:
    """Show batches, measure the loss, walk down its gradient; again.

    Args:
        model: Maps images to logits; moved to `device` and trained in place.
        batches: Tuples `(images, *targets)`: a list or a DataLoader, gone through again and again; or a Dataset of such
            tuples for single images, which is then shuffled and batched here.
        loss: Called with `(logits, *targets)`, the logits in float32 at least; returns one number to be made small.
        optimizer: Holds the model's parameters.
        steps: Batches to train on. Give either this or `epochs`.
        epochs: Times to go through all batches.
        batch_size: Images in a batch, where `batches` is a Dataset.
        device: Where to train; where the model is, if None.
        precision: "float32" repeats itself bit by bit on one CPU. "bfloat16" and "float16" compute convolutions in
            short numbers (autocast); float16 scales the loss. "auto" asks `pick_precision`.
        seed: Of the shuffling here, of dropout and of all else that draws from torch's global generator, which is left
            as it was.
        after_step: Called with the number of each finished step, from 1: the place for a learning-rate schedule, a
            validation, a checkpoint.

    Returns:
        `{"loss": [...]}`, the loss of every step.

    Raises:
        ValueError: If not exactly one of `steps` and `epochs` is given, `precision` has no such name, or the batches
            run out (as a generator does after one epoch).
        FloatingPointError: If the loss is not finite; it says at which step. The model is as the step before left it.

    >>> model, images = nn.Conv2d(1, 2, 1), torch.rand(4, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    >>> labels = (images[:, 0] > 0.5).long()
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    >>> history = fit(model, [(images, labels)], nn.CrossEntropyLoss(), optimizer, steps=20)
    >>> len(history["loss"]), history["loss"][-1] < history["loss"][0]
    (20, True)
    """
    if (steps is None) == (epochs is None):
        raise ValueError(f"give either steps or epochs: got steps {steps} and epochs {epochs}")
    device = torch.device(device) if device is not None else _device_of(model)
    precision = pick_precision(device) if precision == "auto" else precision
    if precision not in PRECISIONS:
        raise ValueError(f"precision must be 'auto' or one of {', '.join(PRECISIONS)}: got {precision!r}")
    short = precision != "float32"
    # Channels last: the order in which CPUs and short numbers convolve fastest.
    layout = torch.channels_last if short or device.type == "cpu" else torch.preserve_format
    scaler = torch.amp.GradScaler(device.type, enabled=precision == "float16")
    if isinstance(batches, Dataset):
        generator = torch.Generator().manual_seed(seed)
        batches = DataLoader(batches, batch_size, shuffle=True, generator=generator)
    total = steps if steps is not None else epochs * len(batches) if hasattr(batches, "__len__") else None

    model.to(device, memory_format=layout)
    history = {"loss": []}
    cuda = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=cuda), tqdm(total=total, unit="step") as bar:
        torch.manual_seed(seed)
        for step, (images, *targets) in enumerate(islice(_repeat(batches, epochs), steps), start=1):
            model.train()
            images = images.to(device, memory_format=layout)
            targets = [target.to(device) for target in targets]
            with torch.autocast(device.type, PRECISIONS[precision]) if short else nullcontext():
                logits = model(images)
            value = loss(logits.float() if short else logits, *targets)
            history["loss"].append(value.item())
            if not math.isfinite(history["loss"][-1]):
                raise FloatingPointError(f"the loss is {history['loss'][-1]} at step {step}: try a lower learning rate")
            optimizer.zero_grad()
            scaler.scale(value).backward()
            scaler.step(optimizer)
            scaler.update()
            if after_step is not None:
                after_step(step)
            bar.set_postfix(loss=f"{history['loss'][-1]:.3f}", refresh=False)
            bar.update()
    return history


@torch.no_grad()
def predict(
    model: nn.Module, images: Float[Tensor, "N C_in H W"], *, tile: int | None = None, context: int | None = None
) -> Float[Tensor, "N C H W"]:
    """Answer for every pixel of images of any size, tile by tile, mirrored where the model looks past the border.

    A tile is read with `context` pixels around the part that is kept, so that every kept pixel sees what it would have
    seen in one pass: the answers do not depend on `tile`. Tiles also start on the grid of the model's pooling, at
    multiples of `model.total_stride`, and overlap where they must.

    Args:
        model: Maps images to logits of the same size, or smaller by the same on both sides. Put into evaluation mode
            while it predicts.
        images: Images on any device; tiles are moved to the model's, answers come back.
        tile: Height and width in pixels of what the model is given at a time; the whole image at once if None.
        context: Pixels around the kept part; `model.context` if None (0 if the model has none). A padded model also
            runs with less, down to 0: faster, and a little wrong near seams and borders.

    Returns:
        Logits, one vector for each pixel of the images.

    Raises:
        ValueError: If the tile keeps nothing, or the model returns less than is kept.

    Source: Ronneberger et al. (2015), figure 2 (overlap-tile strategy).
    Departs: the paper's tiles lie side by side. Its output of 388 = 24·16 + 4 pixels is no multiple of 2^depth: pooling
        windows would fall differently in every tile, and the answers would change a little with `tile`.

    >>> predict(nn.Conv2d(1, 3, 1), torch.zeros(1, 1, 50, 70), tile=32).shape
    torch.Size([1, 3, 50, 70])
    """
    context = getattr(model, "context", 0) if context is None else context
    legal_size = getattr(model, "legal_input_size", lambda at_least: at_least)
    grid = getattr(model, "total_stride", 1)
    rows, columns = ([*_tiles(size, tile, context, grid, legal_size)] for size in images.shape[-2:])
    device, was_training, answer = _device_of(model), model.training, None
    model.eval()
    try:
        for top, high, read_rows in rows:
            for left, wide, read_columns in columns:
                logits = model(images[:, :, read_rows][..., read_columns].to(device))
                logits = _centre(logits, len(read_rows) - 2 * context, len(read_columns) - 2 * context)
                if answer is None:
                    answer = logits.new_empty(*logits.shape[:2], *images.shape[-2:], device=images.device)
                answer[:, :, top : top + high, left : left + wide] = logits[:, :, :high, :wide]
    finally:
        model.train(was_training)
    return answer


def save_checkpoint(
    path: str | os.PathLike, model: nn.Module, optimizer: torch.optim.Optimizer | None = None, **extra: object
) -> None:
    """Write weights to a file, whole or not at all: a failed write leaves the old file as it was.

    Args:
        path: The file; its folder exists.
        model: Its parameters and buffers are written.
        optimizer: Its state too, if training is to go on later.
        **extra: Numbers, strings, tensors and lists or dicts of them, such as `step=1000`.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_checkpoint(f"{folder}/model.pt", nn.Linear(2, 1), step=7)
    ...     load_checkpoint(f"{folder}/model.pt", nn.Linear(2, 1))
    {'step': 7}
    """
    state = {"model": model.state_dict(), "optimizer": optimizer and optimizer.state_dict(), "extra": extra}
    part = Path(f"{path}.part")
    try:
        torch.save(state, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def load_checkpoint(
    path: str | os.PathLike, model: nn.Module, optimizer: torch.optim.Optimizer | None = None
) -> dict[str, object]:
    """Read weights back into a model. Only tensors and plain values are read: a file cannot run code.

    Args:
        path: A file that `save_checkpoint` wrote, on any device.
        model: Gets the parameters; stays on its device.
        optimizer: Gets its state.

    Returns:
        What was saved as `extra`.

    Raises:
        pickle.UnpicklingError: If the file holds anything but tensors and plain values.
        ValueError: If an optimizer is given and the file has no state for one.
        RuntimeError: If the weights are of another model; torch says which.
    """
    state = torch.load(path, map_location="cpu", weights_only=True)
    if optimizer is not None and state["optimizer"] is None:
        raise ValueError(f"{path} was saved without an optimizer")
    model.load_state_dict(state["model"])
    if optimizer is not None:
        optimizer.load_state_dict(state["optimizer"])
    return state["extra"]


def _device_of(model: nn.Module) -> torch.device:
    return next((parameter.device for parameter in model.parameters()), torch.device("cpu"))


def _repeat(batches: Iterable, epochs: int | None) -> Iterator[tuple | list]:
    """Go through the batches, `epochs` times or for ever."""
    for epoch in count(1) if epochs is None else range(1, epochs + 1):
        batch = None
        for batch in batches:
            yield batch
        if batch is None:
            raise ValueError(f"there are no batches in epoch {epoch}: hand in a list, a DataLoader or a Dataset")


def _tiles(
    size: int, tile: int | None, context: int, grid: int, legal_size: Callable[[int], int]
) -> Iterator[tuple[int, int, Int[Tensor, "tile"]]]:
    """Yield, along one axis, where each kept part starts, its length, and the mirrored indices that the tile reads."""
    tile = legal_size(size + 2 * context) if tile is None else tile
    kept = tile - 2 * context
    step = size if kept >= size else kept // grid * grid
    if step < 1:
        raise ValueError(
            f"a tile of {tile} pixels keeps {max(kept, 0)} between {context} of context on each side, but {grid} are "
            f"needed: make it at least {legal_size(2 * context + grid)}"
        )
    period = max(2 * (size - 1), 1)
    for start in range(0, size, step):
        phase = torch.arange(start - context, start - context + tile) % period
        yield start, min(kept, size - start), torch.minimum(phase, period - phase)


def _centre(logits: Tensor, height: int, width: int) -> Tensor:
    crops = [have - want for have, want in zip(logits.shape[-2:], (height, width), strict=True)]
    if min(crops) < 0 or any(crop % 2 for crop in crops):
        raise ValueError(
            f"the model returned {tuple(logits.shape[-2:])} pixels, but its middle {(height, width)} is to be kept: "
            "set context to what it loses on each side"
        )
    return logits[..., crops[0] // 2 :, crops[1] // 2 :][..., :height, :width]
