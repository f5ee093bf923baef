"""Several processes that train one model: each computes its share of a batch, and all take the same step.

`torchrun` starts them and tells each its number, its rank. Without it there is one process, and nothing here does more
than hand things through.

Source: Li et al. (2020), "PyTorch Distributed: experiences on accelerating data parallel training".
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import distributed, nn
from torch.utils.data import Sampler

from segbook.train.hardware import pick_device


@dataclass(frozen=True)
class Ranks:
    """Which of how many processes this is, and where it computes.

    Attributes:
        rank: Of this process, from 0. Only rank 0 writes and speaks.
        count: Of processes.
        device: Of this process.
    """

    rank: int
    count: int
    device: torch.device

    @property
    def first(self) -> bool:
        """Whether this process writes and speaks."""
        return self.rank == 0

    def wrap(self, model: nn.Module) -> nn.Module:
        """Let a model average its gradients over all processes; alone it stays as it is."""
        if self.count == 1:
            return model
        return nn.parallel.DistributedDataParallel(model, [self.device] if self.device.type == "cuda" else None)

    def agree(self, value: Any) -> Any:
        """Give every process what rank 0 has; all wait for it."""
        if self.count == 1:
            return value
        held = [value]
        distributed.broadcast_object_list(held, src=0, device=self.device)
        return held[0]

    def mean(self, value: float) -> float:
        """Average a number over the processes."""
        if self.count == 1:
            return value
        total = torch.tensor(value, dtype=torch.float64, device=self.device)
        distributed.all_reduce(total)
        return total.item() / self.count


@contextmanager
def joined(device: str | None = None) -> Iterator[Ranks]:
    """Join the processes that `torchrun` started, and leave them at the end.

    Args:
        device: Where to compute; the GPU of this process's local rank if there are any, if left out.

    Raises:
        RuntimeError: If the others cannot be reached.
    """
    rank, count = (int(os.environ.get(name, default)) for name, default in (("RANK", "0"), ("WORLD_SIZE", "1")))
    place = torch.device(device) if device is not None else pick_device()
    if place.type == "cuda" and count > 1:
        place = torch.device("cuda", int(os.environ.get("LOCAL_RANK", rank)))
        torch.cuda.set_device(place)
    if count == 1:
        yield Ranks(rank, count, place)
        return
    distributed.init_process_group("nccl" if place.type == "cuda" else "gloo")
    try:
        yield Ranks(rank, count, place)
    finally:
        distributed.destroy_process_group()


class Share(Sampler[int]):
    """The numbers of one rank's items, step by step, when items 0 … B − 1 are the first batch, B … 2B − 1 the second.

    Rank r of R takes the r-th of R equal pieces of every batch: nothing is shown twice and nothing is left out, and one
    process sees the same batches as several. An epoch is a stretch of steps; the next one goes on where it ended.

    Args:
        steps: Steps in an epoch.
        batch_size: Items in a batch, over all ranks.
        ranks: Which of how many this is.

    Raises:
        ValueError: If a batch cannot be parted equally.

    >>> share = Share(2, 4, Ranks(1, 2, torch.device("cpu")))
    >>> share.set_epoch(1)
    >>> list(share)  # items 8 … 15 are the epoch's; of each four, the second two are rank 1's
    [10, 11, 14, 15]
    """

    def __init__(self, steps: int, batch_size: int, ranks: Ranks):
        if batch_size % ranks.count:
            raise ValueError(
                f"batch_size must be a multiple of the {ranks.count} processes, which take equal shares: got "
                f"{batch_size}, make it {-(-batch_size // ranks.count) * ranks.count}"
            )
        self.steps, self.batch_size, self.ranks = steps, batch_size, ranks
        self.own = batch_size // ranks.count
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch comes next, from 0."""
        self.epoch = epoch

    def __len__(self) -> int:
        """Count the items of an epoch."""
        return self.steps * self.own

    def __iter__(self) -> Iterator[int]:
        """Go through the items of the epoch."""
        for step in range(self.epoch * self.steps, (self.epoch + 1) * self.steps):
            first = step * self.batch_size + self.ranks.rank * self.own
            yield from range(first, first + self.own)
