"""Weights to a file and back."""

import os
from pathlib import Path

import torch
from torch import nn


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
