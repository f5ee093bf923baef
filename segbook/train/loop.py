"""The training loop: show batches, measure the loss, walk down its gradient."""

import math
import os
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import nullcontext
from itertools import count, islice

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from tqdm.auto import tqdm

from segbook.train.hardware import device_of, move, pick_precision

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


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
    device = torch.device(device) if device is not None else device_of(model)
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
    total = epochs * len(batches) if epochs is not None and isinstance(batches, Sized) else steps

    move(model, device, layout)
    history = {"loss": []}
    cuda = [device] if device.type == "cuda" else []
    still = os.environ.get("TQDM_DISABLE", "0") not in ("", "0")  # a notebook's bar does not ask by itself
    with torch.random.fork_rng(devices=cuda), tqdm(total=total, unit="step", disable=still) as bar:
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


def _repeat(batches: Iterable, epochs: int | None) -> Iterator[tuple | list]:
    """Go through the batches, `epochs` times or for ever."""
    for epoch in count(1) if epochs is None else range(1, epochs + 1):
        batch = None
        for batch in batches:
            yield batch
        if batch is None:
            raise ValueError(f"there are no batches in epoch {epoch}: hand in a list, a DataLoader or a Dataset")
