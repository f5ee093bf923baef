"""The training loop: show batches, measure the loss, walk down its gradient."""

import math
import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset
from tqdm.auto import tqdm

from segbook.checks import check_number
from segbook.train.batches import as_batches, kept_generators, length_of, numbered, unpack
from segbook.train.hardware import Machine
from segbook.train.images import describe


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
    history: dict[str, list[float]] | None = None,
    after_step: Callable[[int], object] | None = None,
) -> dict[str, list[float]]:
    """Show batches, measure the loss, walk down its gradient; again.

    To go on where training was cut short, hand in the `history` of the steps that were taken: with the model and the
    optimizer as they were then, and the same arguments, the rest is what it would have been, on a CPU bit by bit.

    Args:
        model: Maps images to logits; moved to `device` and trained in place.
        batches: Tuples `(images, *targets)`, tensors or NumPy arrays: a list or a DataLoader, gone through again and
            again; or a Dataset of such tuples for single images, which is then shuffled and batched here. Images are
            floats, or uint8, which is divided by 255; targets of whole numbers become int64.
        loss: Called with `(logits, *targets)`, the logits in float32 at least; returns one number to be made small.
        optimizer: Holds the model's parameters; those that are frozen or that it does not hold stay as they are.
        steps: Batches to train on, with those of `history`. Give either this or `epochs`.
        epochs: Times to go through all batches.
        batch_size: Images in a batch, where `batches` is a Dataset.
        device: Where to train; where the model is, if None.
        precision: "float32" repeats itself bit by bit on one CPU. "bfloat16" and "float16" compute convolutions in
            short numbers (autocast); float16 scales the loss, and takes a step again with half the scale where the
            gradient overflows. "auto" asks `pick_precision`.
        seed: Of the shuffling here, of dropout and augmentation, of all that draws from the global generators of torch,
            NumPy or Python, which are left as they were.
        history: What an earlier call returned, or `{"loss": []}`; longer after each step.
        after_step: Called with the number of each finished step, from 1: the place for a learning-rate schedule, a
            validation, a checkpoint.

    Returns:
        `{"loss": [...]}`, the loss of every step; `history`, if that was given. Also if Ctrl-C (the notebook's stop
        button) ends the training before its time.

    Raises:
        ValueError: If not exactly one of `steps` and `epochs` is given, a number is out of range, `precision` has no
            such name, nothing that the optimizer holds is the model's to be trained, a batch or its loss is not of the
            form above, or the batches run out (as a generator does after one epoch).
        FloatingPointError: If the loss is not finite; it says at which step and why. The model is as the step before
            left it.

    Warns:
        UserWarning: If training was stopped by hand, or float16 steps had to be repeated.

    >>> model, images = nn.Conv2d(1, 2, 1), torch.rand(4, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    >>> labels = (images[:, 0] > 0.5).long()
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    >>> history = fit(model, [(images, labels)], nn.CrossEntropyLoss(), optimizer, steps=20)
    >>> len(history["loss"]), history["loss"][-1] < history["loss"][0]
    (20, True)
    """
    _check_numbers(steps, epochs, batch_size, seed)
    _check_optimizer(optimizer, model)
    history = {"loss": []} if history is None else history
    if "loss" not in history:
        raise ValueError(f'history must be what fit returned, or {{"loss": []}}: got {describe(history)}')
    done = len(history["loss"])
    machine = Machine(model, optimizer, device, precision)
    batches = as_batches(batches, batch_size, seed)
    length = length_of(batches)
    total = epochs * length if epochs and length else steps
    if total is not None and done > total:
        raise ValueError(f"history has {done} steps, more than the {total} asked for: they count from the first")

    with kept_generators(machine.device), _stoppable(history, total), _bar(total, done) as bar:
        for step, batch in numbered(batches, epochs=epochs, steps=steps, after=done, seed=seed):
            images, targets = machine.take(*unpack(batch))
            model.train()
            with machine.numbers():
                logits = model(images)
            value = _measure(loss, machine.long(logits), targets)
            number = _number_of(value, step, images, logits, targets)
            machine.descend(value)
            history["loss"].append(number)
            if after_step is not None:
                after_step(step)
            bar.set_postfix(loss=f"{number:.3f}", refresh=False)
            bar.update()
    if machine.repeats:
        warnings.warn(
            f"float16 could not hold the gradient {machine.repeats} times: none of these steps was skipped; each was "
            f"taken again with half the scale of the loss, which is now {machine.scaler.get_scale():g}",
            stacklevel=2,
        )
    return history


def _bar(total: int | None, done: int) -> tqdm:
    still = os.environ.get("TQDM_DISABLE", "0") not in ("", "0")  # a notebook's bar does not ask by itself
    return tqdm(total=total, initial=done, unit="step", disable=still)


@contextmanager
def _stoppable(history: dict[str, list[float]], total: int | None) -> Iterator[None]:
    """Let Ctrl-C end the training, and nothing else."""
    try:
        yield
    except KeyboardInterrupt:
        warnings.warn(
            f"stopped by hand after {len(history['loss'])} of {total or 'so many'} steps: the model keeps what it has "
            "learned, and the same call with history=, set to what is returned now, goes on from here",
            stacklevel=4,
        )


def _check_numbers(steps: int | None, epochs: int | None, batch_size: int, seed: int) -> None:
    if (steps is None) == (epochs is None):
        raise ValueError(f"give either steps or epochs: got steps {steps} and epochs {epochs}")
    check_number("steps" if epochs is None else "epochs", steps if epochs is None else epochs, 1, whole=True)
    check_number("batch_size", batch_size, 1, whole=True)
    check_number("seed", seed, whole=True)


def _check_optimizer(optimizer: torch.optim.Optimizer, model: nn.Module) -> None:
    held = {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}
    ours = [parameter for parameter in model.parameters() if id(parameter) in held]
    if not ours:
        raise ValueError(
            f"the optimizer holds {len(held)} parameters, and none of them is one of the model's "
            f"{len(list(model.parameters()))}: make it from model.parameters() of this model"
        )
    if not any(parameter.requires_grad for parameter in ours):
        raise ValueError(
            f"all {len(ours)} parameters that the optimizer holds of the model are frozen (requires_grad is False): "
            "there is nothing to train"
        )


def _measure(loss: Callable[..., Any], logits: Any, targets: list[Tensor]) -> Tensor:
    """Call the loss; if it fails, say with what."""
    cause = None
    try:
        value = loss(logits, *targets)
        if isinstance(value, Tensor) and value.numel() == 1:
            return value
        said = f"must return one number in a tensor, such as a mean: it returned {describe(value)}"
    except torch.cuda.OutOfMemoryError:
        raise
    except (RuntimeError, ValueError, IndexError, TypeError, AttributeError) as error:
        cause, said = error, f"failed: {error}"
        if isinstance(logits, Tensor) and logits.ndim == 4 and targets[0].shape[-2:] != logits.shape[-2:]:
            said += "; an unpadded model answers for the middle only: segbook.models.crop_centre cuts targets to it"
    called = f"logits {describe(logits)} and {', '.join(map(describe, targets))}"
    raise ValueError(f"the loss, called with {called}, {said}") from cause


def _number_of(value: Tensor, step: int, images: Tensor, logits: Any, targets: list[Tensor]) -> float:
    """Return the loss as a number; refuse one that is not finite, and say why, or that has no gradient."""
    number = value.item()
    if math.isfinite(number):
        if not value.requires_grad:
            raise ValueError(
                "the loss has no gradient: is it computed from logits.argmax, .item(), .detach() or under no_grad?"
            )
        return number
    why, labels = "try a lower learning rate", targets[0]
    if not images.isfinite().all():
        why = "the images hold values that are not finite"
    elif isinstance(logits, Tensor) and labels.dtype == torch.int64 and logits.ndim > 1:
        classes = logits.shape[1]
        if not ((labels >= 0) & (labels < classes)).any():
            why = (
                f"none of the batch's labels ({', '.join(map(str, labels.unique()[:5].tolist()))}) is one of the "
                f"{classes} classes: if these pixels are ignored, nothing is left to average; leave such batches out"
            )
    raise FloatingPointError(f"the loss is {number} at step {step}: {why}")
