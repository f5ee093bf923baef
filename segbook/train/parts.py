"""Which images are trained on, which are tuned on, and which are tested on once; and that nothing leaks between them.

Images that show the same thing, such as tiles of one field of view, slices of one stack or pictures of one patient, are
a group, and a group stands in one part as a whole. A picture that is found in two parts is refused.
"""

import copy
import hashlib
import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from segbook.checks import check_number
from segbook.data import LabelledImages, fetch_dsb2018, fetch_isbi2012, nuclei, nuclei_fields, paired_files

SETS = ("sample", "dsb2018", "isbi2012")
PERCENTILES = (1.0, 99.8)  # of every image's grey values, that become 0 and 1
SLICES = 6  # of ISBI 2012 that make a group: slices that lie together show the same cells


@dataclass(frozen=True)
class Parts:
    """Three sets of images without a picture in common.

    Attributes:
        name: Of the set, or of the folder.
        train: What is trained on.
        validation: By which settings are chosen and training is stopped.
        test: What is looked at once, at the end.
        sha256: Of all pictures and masks, in the order of the parts.
    """

    name: str
    train: LabelledImages
    validation: LabelledImages
    test: LabelledImages
    sha256: str

    @property
    def instances(self) -> bool:
        """Whether masks hold ids of objects; otherwise they hold classes."""
        return self.train.instances

    def described(self) -> dict[str, object]:
        """Say what a record needs to name the very same pictures."""
        named = {part: getattr(self, part).names for part in ("train", "validation", "test")}
        return {"name": self.name, "sha256": self.sha256, "masks": "ids" if self.instances else "classes", **named}


def open_parts(
    data: str,
    *,
    masks: str = "ids",
    validation: float = 0.25,
    test: float = 0.2,
    group_by: str | None = None,
    seed: int = 0,
) -> Parts:
    """Open a named set or a folder, in three parts.

    Args:
        data: "sample" (the nuclei that lie in the package), "dsb2018", "isbi2012", or a folder as `paired_files` takes
            it. If the folder holds the folders `train` and `test`, these parts stay as they are.
        masks: Of a folder: "ids" of objects, or "classes".
        validation: Share of the images that are not tested on, of which settings are chosen.
        test: Share of all images, where the set has no test part of its own.
        group_by: Regular expression; images in whose names it finds the same (its first group, if it has one) are a
            group. A named set has its own groups.
        seed: Of the split: not that of the training, so that runs with several seeds use the same images.

    Raises:
        ValueError: If a setting is out of range, a name does not fit `group_by`, there are too few groups, images
            differ in their channels, or a picture stands in two parts.
        OSError: If the folder or a file is not there.

    >>> parts = open_parts("sample")
    >>> len(parts.train), len(parts.validation), len(parts.test)
    (27, 9, 18)
    """
    if masks not in ("ids", "classes"):
        raise ValueError(f"masks must be one of ids, classes: got {masks!r}")
    for name, share in {"validation": validation, "test": test}.items():
        check_number(name, share, 0.01, 0.9)
    if data in SETS and group_by is not None:
        raise ValueError(f"{data} has its own groups: leave out group_by={group_by!r}")
    rest, tested, groups = _opened(data, masks, group_by)
    if tested is None:
        kept, chosen = split(groups, test, seed=seed)
        rest, tested, groups = _subset(rest, kept), _subset(rest, chosen), [groups[number] for number in kept]
    kept, chosen = split(groups, validation, seed=seed)
    parts = {"train": _subset(rest, kept), "validation": _subset(rest, chosen), "test": tested}
    sha256 = _checked(parts)
    for part in parts.values():
        part.percentiles = PERCENTILES
    return Parts(Path(data).name, **parts, sha256=sha256)


def split(groups: Sequence[Hashable], share: float, *, seed: int = 0) -> tuple[list[int], list[int]]:
    """Choose whole groups by chance until they hold a share of all images; at least one group, and not all.

    Args:
        groups: The group of every image.
        share: Of the images that are chosen, as nearly as groups allow.
        seed: Of the choice.

    Returns:
        The numbers of the images that are kept, and of those that are chosen, both in order.

    Raises:
        ValueError: If there are fewer than two groups.

    >>> split(["a", "a", "b", "c", "c"], 0.4)
    ([0, 1, 2], [3, 4])
    """
    names = list(dict.fromkeys(groups))
    if len(names) < 2:
        raise ValueError(f"to part {len(groups)} images there must be at least 2 groups: got {len(names)}, {names[:3]}")
    chosen: set[Hashable] = set()
    count = 0
    for place in np.random.default_rng(seed).permutation(len(names))[:-1]:
        size = groups.count(names[place])
        if not chosen or abs(count + size - share * len(groups)) < abs(count - share * len(groups)):
            chosen.add(names[place])
            count += size
    numbers = range(len(groups))
    return [i for i in numbers if groups[i] not in chosen], [i for i in numbers if groups[i] in chosen]


def _opened(
    data: str, masks: str, group_by: str | None
) -> tuple[LabelledImages, LabelledImages | None, list[Hashable]]:
    """Give what is to be parted, the test part if the set has one, and the groups of the former."""
    if data == "sample":
        pictures, fields = nuclei("train"), nuclei_fields()
        return pictures, nuclei("test"), [fields[name] for name in pictures.names]
    if data == "isbi2012":
        pictures = fetch_isbi2012()
        return pictures, None, [number // SLICES for number in range(len(pictures))]
    if data == "dsb2018":
        pictures = fetch_dsb2018("train")
        try:
            return pictures, fetch_dsb2018("test"), list(pictures.names)
        except FileNotFoundError:  # a local copy may hold a file of training images only
            return pictures, None, list(pictures.names)
    folder = Path(data)
    if not folder.is_dir():
        raise FileNotFoundError(f"data must be one of {', '.join(SETS)}, or a folder: there is no folder {data!r}")
    has_parts = (folder / "train").is_dir() and (folder / "test").is_dir()
    pictures, *tested = (
        LabelledImages(*paired_files(place), instances=masks == "ids")
        for place in ([folder / "train", folder / "test"] if has_parts else [folder])
    )
    return pictures, tested[0] if tested else None, [_group_of(name, group_by) for name in pictures.names]


def _group_of(name: str, pattern: str | None) -> str:
    if pattern is None:
        return name
    try:
        found = re.search(pattern, name)
    except re.error as error:
        raise ValueError(f"group_by={pattern!r} is no regular expression: {error}") from None
    if found is None:
        raise ValueError(f"group_by={pattern!r} finds nothing in the name {name!r}: it must fit every image")
    return found.group(1) if found.re.groups else found.group()


def _subset(pictures: LabelledImages, numbers: list[int]) -> LabelledImages:
    part = copy.copy(pictures)
    part.images = [pictures.images[number] for number in numbers]
    part.masks = [pictures.masks[number] for number in numbers]
    part.names = [pictures.names[number] for number in numbers]
    return part


def _checked(parts: dict[str, LabelledImages]) -> str:
    """Read all once: refuse a picture that stands in two parts, or that has other channels than the first."""
    total, seen = hashlib.sha256(), {}
    channels: int | None = None
    for part, pictures in parts.items():
        for number, name in enumerate(pictures.names):
            image, *maps = pictures[number]
            channels = channels or len(image)
            if len(image) != channels:
                raise ValueError(
                    f"image {name!r} has {len(image)} channels, the first one {channels}: save all as grey, or all in "
                    "colours"
                )
            digest = hashlib.sha256(image.numpy().tobytes()).digest()
            other, place = seen.setdefault(digest, (name, part))
            if place != part:
                raise ValueError(
                    f"image {other!r} of {place} and image {name!r} of {part} are the same picture: remove one, or "
                    "group them"
                )
            total.update(digest + hashlib.sha256(maps[-1].numpy().tobytes()).digest())
    return total.hexdigest()
