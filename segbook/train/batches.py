"""Batches in an order that repeats itself, from any step on.

All that is random in a step, its batch, its augmentation, its dropout, is drawn after torch's, NumPy's and Python's
global generators were seeded from the run's seed and the step's number. So step 701 draws the same whether the 700
before it were taken by this process or by one that was killed.
"""

import random
from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager
from itertools import count
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, IterableDataset

from segbook.train.images import check_images, describe

END = object()


def as_batches(batches: Iterable | Dataset, batch_size: int, seed: int) -> Iterable:
    """Turn a dataset into a loader, shuffled unless it has no order to be changed; leave anything else as it is.

    Args:
        batches: What `fit` was given.
        batch_size: Images in a batch.
        seed: Of the shuffling.

    Raises:
        ValueError: If it is an empty dataset, or nothing that can be gone through.
    """
    if isinstance(batches, IterableDataset):
        return DataLoader(batches, batch_size)
    if isinstance(batches, Dataset):
        if isinstance(batches, Sized) and not len(batches):
            raise ValueError("the dataset is empty: there is nothing to train on")
        return DataLoader(batches, batch_size, shuffle=True, generator=torch.Generator().manual_seed(seed))
    if not isinstance(batches, Iterable):
        raise ValueError(f"batches must be a list, a DataLoader or a Dataset: got {describe(batches)}")
    return batches


def length_of(batches: Iterable) -> int | None:
    """Return how many batches an epoch has; None if they do not say.

    Args:
        batches: What `as_batches` returned.
    """
    try:
        return len(batches) if isinstance(batches, Sized) else None
    except TypeError:  # a DataLoader, whose data or sampler does not say
        return None


def numbered(
    batches: Iterable, *, epochs: int | None, steps: int | None, after: int, seed: int
) -> Iterator[tuple[int, Any]]:
    """Go through the batches, again and again, and yield each with the number of its step, from `after` + 1 on.

    Batches of steps that were taken before are read and dropped, so that all that draws has drawn; but of whole epochs
    of a DataLoader only the order is drawn, and no sample is read.

    Args:
        batches: What `as_batches` returned.
        epochs: Times to go through; until there are `steps` if None.
        steps: The last number.
        after: Steps that were taken before.
        seed: Of all that is random.

    Raises:
        ValueError: If an epoch has no batch (as a generator has none after its first).
    """
    step = 0
    if steps == after:
        return
    for epoch in count(1) if epochs is None else range(1, epochs + 1):
        _tell_epoch(batches, epoch - 1)
        seed_generators(seed, epoch, 0)
        length = length_of(batches)
        if isinstance(batches, DataLoader) and length and _can_skip(batches) and step + length <= after:
            step += sum(1 for _ in _order_of(batches))
            continue
        first, iterator = step, iter(batches)
        while True:
            seed_generators(seed, epoch, step + 1)
            batch = next(iterator, END)
            if batch is END:
                break
            step += 1
            if step > after:
                yield step, batch
            if step == steps:
                return
        if step == first:
            raise ValueError(f"there are no batches in epoch {epoch}: hand in a list, a DataLoader or a Dataset")


def unpack(batch: object) -> tuple[Tensor, list[Tensor]]:
    """Take a batch apart into images and targets.

    Args:
        batch: `(images, *targets)`, tensors or NumPy arrays.

    Returns:
        Images (N, C_in, H, W), and targets; those of whole numbers in int64, as torch's losses want them.

    Raises:
        ValueError: If the batch is something else.
    """
    if not isinstance(batch, tuple | list) or len(batch) < 2:
        hint = {
            Tensor: "; for a single batch write [(images, labels)]",
            dict: "; give the DataLoader a collate_fn, or the Dataset a __getitem__, that returns a tuple",
        }.get(type(batch), "")
        raise ValueError(f"a batch must be a tuple (images, *targets): got {describe(batch)}{hint}")
    images, *targets = batch
    if isinstance(images, Tensor | np.ndarray) and images.ndim == 3:
        raise ValueError(
            f"images must be (N, C_in, H, W): got shape {tuple(images.shape)}; if these are single images, hand in a "
            "Dataset or DataLoader(…, batch_size=8), if a batch without channels, images[:, None]"
        )
    return check_images(images), [_as_target(number, target) for number, target in enumerate(targets, start=1)]


def _as_target(number: int, target: object) -> Tensor:
    if isinstance(target, np.ndarray) and target.dtype.kind in "fiub":
        target = torch.from_numpy(np.require(target, target.dtype.newbyteorder("="), ["C", "W"]))
    if not isinstance(target, Tensor):
        raise ValueError(f"targets must be tensors or NumPy arrays of numbers: target {number} is {describe(target)}")
    whole = not (target.is_floating_point() or target.is_complex() or target.dtype == torch.bool)
    return target.long() if whole else target


def seed_generators(*numbers: int) -> None:
    """Seed the global generators of torch, NumPy and Python from numbers of at least 0, of which the last counts, too.

    >>> with kept_generators(torch.device("cpu")):
    ...     seed_generators(0, 1, 1)
    ...     first = torch.rand(1)
    ...     seed_generators(0, 1, 2)
    ...     bool(first == torch.rand(1))
    False
    """
    mixed = int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0])
    torch.default_generator.manual_seed(mixed)  # torch.manual_seed takes milliseconds where a GPU is not yet in use
    if torch.cuda.is_initialized():
        torch.cuda.manual_seed_all(mixed)
    if torch.backends.mps.is_available():
        torch.mps.manual_seed(mixed)
    np.random.seed(mixed % 2**32)  # noqa: NPY002 (others' augmentation draws from it)
    random.seed(mixed)


@contextmanager
def kept_generators(device: torch.device) -> Iterator[None]:
    """Leave the global generators of torch, NumPy and Python afterwards as they were before.

    Args:
        device: Whose generator is kept beside the CPU's.
    """
    cuda = [device] if device.type == "cuda" else []
    numpy, python = np.random.get_state(), random.getstate()  # noqa: NPY002
    try:
        with torch.random.fork_rng(devices=cuda):
            yield
    finally:
        np.random.set_state(numpy)  # noqa: NPY002
        random.setstate(python)


def _tell_epoch(batches: Iterable, epoch: int) -> None:
    """Tell whoever wants to know which epoch begins, from 0, as `DistributedSampler` does."""
    for part in (batches, *(getattr(batches, name, None) for name in ("sampler", "batch_sampler", "dataset"))):
        if callable(set_epoch := getattr(part, "set_epoch", None)):
            set_epoch(epoch)


def _can_skip(loader: DataLoader) -> bool:
    """Say whether an epoch leaves nothing behind but the state of its sampler: persistent workers keep generators."""
    return not isinstance(loader.dataset, IterableDataset) and not loader.persistent_workers


class _Indices(Dataset):
    """Hands back the index that it is asked for."""

    def __getitem__(self, index: Any) -> Any:
        return index


def _order_of(loader: DataLoader) -> DataLoader:
    """Return a loader that draws what `loader` draws, in the same order, and reads nothing."""
    if loader.batch_sampler is None:
        return DataLoader(_Indices(), batch_size=None, sampler=loader.sampler, generator=loader.generator)
    return DataLoader(_Indices(), batch_sampler=loader.batch_sampler, generator=loader.generator, collate_fn=list)
