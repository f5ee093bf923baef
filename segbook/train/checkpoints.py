"""Weights to a file and back, also from files that others wrote."""

import os
import pickle
import re
import zipfile
from collections.abc import Iterable, Mapping
from copy import deepcopy
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from segbook.files import draft_of

PLAIN = (type(None), bool, int, float, complex, str, bytes, Tensor, nn.Parameter)
# Where others put weights and the optimizer's state: PyTorch's tutorials, Lightning, timm.
WEIGHTS = ("model", "state_dict", "model_state_dict")
OPTIMIZERS = ("optimizer", "optimizer_state_dict")


def save_checkpoint(
    path: str | os.PathLike, model: nn.Module, optimizer: torch.optim.Optimizer | None = None, **extra: object
) -> None:
    """Write weights to a file, whole or not at all: what cannot be read back leaves the old file as it was.

    Args:
        path: The file; its folder exists.
        model: Its parameters and buffers are written.
        optimizer: Its state too, if training is to go on later.
        **extra: Numbers, strings, tensors and lists, tuples or dicts of them, such as `history=history`. NumPy's
            numbers become Python's.

    Raises:
        ValueError: If a value is of another kind; it says which. Or if the file could not be read back.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_checkpoint(f"{folder}/model.pt", nn.Linear(2, 1), step=7)
    ...     load_checkpoint(f"{folder}/model.pt", nn.Linear(2, 1))
    {'step': 7}
    """
    state = {
        "model": model.state_dict(),
        "optimizer": _plain(optimizer.state_dict(), "optimizer") if optimizer is not None else None,
        "extra": {name: _plain(value, name) for name, value in extra.items()},
    }
    with draft_of(path) as draft:
        torch.save(state, draft)
        _read(draft)


def load_checkpoint(
    path: str | os.PathLike, model: nn.Module, optimizer: torch.optim.Optimizer | None = None
) -> dict[str, Any]:
    """Read weights back into a model, all or none. Only tensors and plain values are read: a file cannot run code.

    Files of others are taken too: a bare `state_dict()`, or one under "state_dict", "model_state_dict" or "model"; and
    names that a wrapper has put something before, such as "module." or "_orig_mod.", on either side.

    Args:
        path: A file that `save_checkpoint` wrote, on any device, or one as above.
        model: Gets the parameters; stays on its device.
        optimizer: Gets its state.

    Returns:
        What was saved as `extra`; of a file of others, all but weights and optimizer.

    Raises:
        ValueError: If the file is damaged, holds anything but tensors and plain values, the weights of another model
            (the first differences are named) or no fitting state for the optimizer. Model and optimizer then are as
            they were.
    """
    weights, state, extra = _sorted(path, _read(path))
    weights = _renamed(path, weights, model)
    if optimizer is not None:
        _check_optimizer(path, state, optimizer)
    before = deepcopy(model.state_dict()), deepcopy(optimizer.state_dict()) if optimizer is not None else {}
    try:
        model.load_state_dict(weights)
        if optimizer is not None and state is not None:
            optimizer.load_state_dict(state)
    except Exception:
        model.load_state_dict(before[0])
        if optimizer is not None:
            optimizer.load_state_dict(before[1])
        raise
    return extra


def read_extra(path: str | os.PathLike) -> dict[str, Any]:
    """Read what was saved beside the weights: what one must know to build the model, for one.

    Args:
        path: A file as `load_checkpoint` takes it.

    Raises:
        ValueError: If the file is damaged, holds anything but tensors and plain values, or no weights.
    """
    return _sorted(path, _read(path))[2]


def _plain(value: Any, name: str) -> Any:
    """Make of a value what can be read back without running code."""
    if isinstance(value, np.generic):
        return _plain(value.item(), name)
    if isinstance(value, dict):
        return {_plain(key, f"a key of {name}"): _plain(held, f"{name}[{key!r}]") for key, held in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_plain(held, f"{name}[{number}]") for number, held in enumerate(value))
    if type(value) in PLAIN:
        return value
    hint = {np.ndarray: "torch.as_tensor(…)", Path: "str(…)"}
    instead = next((f"; save {how}" for kind, how in hint.items() if isinstance(value, kind)), "")
    raise ValueError(
        f"{name} must hold numbers, strings, tensors and lists, tuples or dicts of them: got {type(value).__name__}"
        f"{instead}"
    )


def _read(path: str | os.PathLike) -> Any:
    """Read a file that torch wrote, if it is whole and cannot run code."""
    with open(path, "rb") as file:
        start = file.read(24)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if any(name.endswith("/constants.pkl") for name in archive.namelist()):
                raise ValueError(
                    f"{path} is a TorchScript model, weights and code: save torch.jit.load(…).state_dict() with "
                    "torch.save, and load that"
                )
            if broken := archive.testzip():  # torch itself does not compare checksums
                raise ValueError(f"{path} is damaged: the checksum of {broken} is wrong. Copy or download it again")
    elif start.startswith(b"PK"):
        raise ValueError(f"{path} is cut short: its end is missing. Copy or download it again")
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception as error:
        held = re.search(r"GLOBAL ([\w.]+)", str(error)) if isinstance(error, pickle.UnpicklingError) else None
        if held:
            raise ValueError(
                f"{path} holds {held[1]}, and reading that could run code. If it is a whole model, write "
                "torch.save(model.state_dict(), …) where it was made, and load that"
            ) from error
        raise ValueError(f"{path} is no whole file of torch.save: it starts with {start!r}") from error


def _sorted(path: str | os.PathLike, content: Any) -> tuple[dict[str, Tensor], Any, dict[str, Any]]:
    """Find the weights, the optimizer's state and the rest."""
    if _is_weights(content):
        return dict(content), None, {}
    if isinstance(content, dict):
        inside = next((key for key in WEIGHTS if _is_weights(content.get(key))), None)
        if inside is not None:
            state = next((key for key in OPTIMIZERS if key in content), None)
            rest = {key: value for key, value in content.items() if key not in (inside, state)}
            ours = rest.keys() == {"extra"} and isinstance(rest["extra"], dict)
            return dict(content[inside]), content.get(state), rest["extra"] if ours else rest
    held = f"a dict with {', '.join(map(str, content))}" if isinstance(content, dict) else f"a {type(content).__name__}"
    raise ValueError(f"{path} holds {held}: no weights by name, nor any under {', '.join(WEIGHTS)}")


def _is_weights(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(held, Tensor) for held in value.values())


def _renamed(path: str | os.PathLike, weights: dict[str, Tensor], model: nn.Module) -> dict[str, Any]:
    """Give the weights the model's names, whatever wrappers have put before these or those; or say how they differ."""
    ahead = _shared(model.state_dict())
    ours = {name.removeprefix(ahead): (name, tuple(value.shape)) for name, value in model.state_dict().items()}
    first = next(iter(ours), "")
    found = [_under(name.removesuffix(first), weights) for name in weights if f".{name}".endswith(f".{first}")]
    fitting = [some for some in found if some.keys() == ours.keys()]
    if len(fitting) > 1:
        raise ValueError(
            f"{path} has weights with this model's names {len(fitting)} times: save those alone that you mean"
        )
    theirs = fitting[0] if fitting else _under(_shared(weights), weights)
    differences = [
        f"{name} is {tuple(theirs[name].shape)} there and {shape} here"
        for name, (_, shape) in ours.items()
        if name in theirs and theirs[name].shape != shape
    ]
    differences += [f"{name} is missing there" for name in ours if name not in theirs]
    differences += [f"{name} is not in this model" for name in theirs if name not in ours]
    if differences:
        count = f"{len(differences)} difference{'s' if len(differences) > 1 else ''}"
        raise ValueError(f"{path} holds the weights of another model ({count}): {'; '.join(differences[:3])}")
    return {ours[name][0]: value for name, value in theirs.items()}


def _under(prefix: str, weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}


def _shared(names: Iterable[str]) -> str:
    """Return what stands before all names, such as "module."; the last part of a name stays."""
    levels = zip(*(name.split(".")[:-1] for name in names), strict=False)
    return "".join(f"{level[0]}." for level in takewhile(lambda level: len(set(level)) == 1, levels))


def _check_optimizer(path: str | os.PathLike, state: Any, optimizer: torch.optim.Optimizer) -> None:
    """Refuse a state that torch would load, and fail with at the next step."""
    if state is None:
        raise ValueError(f"{path} was saved without an optimizer")
    try:
        theirs = [(group.keys(), group["params"]) for group in state["param_groups"]]
        states = {index: dict(state["state"].get(index, {})) for _, indices in theirs for index in indices}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} holds no state of an optimizer, with groups of parameters") from error
    ours = [group["params"] for group in optimizer.param_groups]
    if [len(indices) for _, indices in theirs] != [len(group) for group in ours]:
        counts = (" + ".join(map(str, map(len, groups))) for groups in ([indices for _, indices in theirs], ours))
        raise ValueError("the optimizer in {} holds {} parameters, this one {}".format(path, *counts))
    numbers = {name for name, value in optimizer.defaults.items() if type(value) in (int, float, tuple)}
    lacking = sorted(numbers - set.intersection(*(set(keys) for keys, _ in theirs)))
    if lacking:
        raise ValueError(f"the optimizer in {path} is no {type(optimizer).__name__}: it has no {', '.join(lacking)}")
    for (_, indices), group in zip(theirs, ours, strict=True):
        for index, parameter in zip(indices, group, strict=True):
            for name, value in states[index].items():
                if isinstance(value, Tensor) and value.ndim == parameter.ndim and value.shape != parameter.shape:
                    raise ValueError(
                        f"the optimizer in {path} is of another model: its {name} of parameter {index} is "
                        f"{tuple(value.shape)}, the parameter {tuple(parameter.shape)}"
                    )
