"""Crops to train on, drawn once and kept in files, for many trainings that see the same ones.

Bending and aiming a crop takes longer than a step of a GPU, and networks that are compared see the same crops anyway.
An item is computed when it is first asked for; `fill` computes all of them beforehand, in several processes.
"""

import hashlib
import json
import multiprocessing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch.utils.data import Dataset

from segbook.data import Variations
from segbook.train.recipe import Recipe

STORED = {torch.float32: np.float32, torch.int64: np.int16}  # ids and classes of a crop are few
DRAWN = ("seed", "size", "flip", "degrees", "elastic")  # settings of a recipe that decide what is drawn
AIMED = ("target", "w_0", "sigma")  # and those that decide what it is turned into
CHUNK = 100  # items that a process fills at a time


class Kept(Dataset):
    """Another dataset's items of tensors, each computed once, on whatever process asks first.

    Two processes that compute the same item at once write the same numbers.

    Args:
        items: The dataset; all items have the shapes and dtypes of the first one.
        folder: Where they are kept, a file for each tensor of an item.
    """

    def __init__(self, items: Any, folder: Path):
        self.items = items
        first = items[0]
        self.dtypes = [tensor.dtype for tensor in first]
        folder.mkdir(parents=True, exist_ok=True)
        shapes = {f"{part}": (len(items), *tensor.shape) for part, tensor in enumerate(first)}
        kinds = {f"{part}": STORED[dtype] for part, dtype in enumerate(self.dtypes)}
        self.there = _open(folder / "there.npy", (len(items),), np.uint8)
        self.parts = [_open(folder / f"{name}.npy", shapes[name], kinds[name]) for name in shapes]

    def __len__(self) -> int:
        """Count the items."""
        return len(self.items)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, ...]:
        """Give an item as the dataset gives it."""
        if not self.there[index]:
            for part, tensor in zip(self.parts, self.items[index], strict=True):
                part[index] = tensor.numpy()
            self.there[index] = 1
        pairs = zip(self.parts, self.dtypes, strict=True)
        return tuple(torch.from_numpy(part[index].copy()).to(dtype) for part, dtype in pairs)


class _Aimed(Dataset):
    """What a recipe makes of crops."""

    def __init__(self, crops: Dataset, recipe: Recipe):
        self.crops, self.recipe = crops, recipe

    def __len__(self) -> int:
        return len(self.crops)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, ...]:
        return self.recipe.aim(*self.crops[index])


@dataclass(frozen=True)
class KeptRecipe(Recipe):
    """A recipe whose crops are kept in `folder`, beside those of other recipes.

    Attributes:
        folder: Set once for a process, and no part of what a run records.
    """

    folder: ClassVar[Path]

    def variations(self, pictures: Any, length: int) -> Kept:
        """Vary the pictures as every recipe does, and keep what comes out."""
        count = self.batch_size * self.steps  # a look after the last step is no further step
        drawn = Variations(
            pictures,
            count,
            seed=self.seed,
            size=self.size,
            flip=self.flip,
            degrees=self.degrees,
            sigma=self.elastic,
        )
        shown = _digest(pictures)
        crops = Kept(drawn, self.folder / _key(shown, count, {name: getattr(self, name) for name in DRAWN}))
        return Kept(
            _Aimed(crops, self),
            self.folder / _key(shown, count, {name: getattr(self, name) for name in DRAWN + AIMED}),
        )


def fill(recipes: list[KeptRecipe], pictures: Any, jobs: int) -> None:
    """Compute all crops of some recipes, those that are drawn alike one after the other.

    Args:
        recipes: Whose.
        pictures: A dataset of pictures and their maps.
        jobs: Processes.
    """
    with multiprocessing.get_context("spawn").Pool(jobs, _begin, (KeptRecipe.folder, pictures)) as pool:
        for recipe in recipes:
            recipe.variations(pictures, 0)  # makes the files, before several processes would
            starts = range(0, recipe.batch_size * recipe.steps, CHUNK)
            pool.starmap(_fill, [(recipe, start) for start in starts], chunksize=1)


_pictures: Any = None


def _begin(folder: Path, pictures: Any) -> None:
    global _pictures
    torch.set_num_threads(1)
    KeptRecipe.folder, _pictures = folder, pictures


def _fill(recipe: KeptRecipe, start: int) -> None:
    items = recipe.variations(_pictures, 0)
    for index in range(start, min(start + CHUNK, len(items))):
        items[index]


def _open(path: Path, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """Open a file of zeros, made if it is not there."""
    if not path.exists():
        np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape).flush()
    return np.lib.format.open_memmap(path, mode="r+")


def _digest(pictures: Any) -> str:
    """Tell pictures apart by what they hold: two of one name need not be the same."""
    digest = hashlib.sha256()
    for number in range(len(pictures)):
        for tensor in pictures[number]:
            digest.update(f"{tensor.dtype} {tuple(tensor.shape)}".encode() + tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


def _key(shown: str, count: int, settings: dict[str, Any]) -> str:
    said = json.dumps([shown, count, settings], ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()[:20]
