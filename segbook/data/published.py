"""Whole sets that others publish, from a local copy or from their source; the package carries none of them.

The folder that the environment variable SEGBOOK_DATA names is looked into first, and then nothing is downloaded.
Otherwise a set is downloaded once, checked and unpacked into the user's cache.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
import pooch
import tifffile
from PIL import Image

from segbook.data.archives import unpack
from segbook.data.downloads import download
from segbook.data.files import paired_files
from segbook.data.samples import LabelledImages

Place = str | PathLike[str]


@dataclass(frozen=True)
class Source:
    """Where a set comes from.

    Attributes:
        name: Of its folder.
        url: Of its archive.
        sha256: Of its archive, if somebody published it.
        most_bytes: Bytes that the archive may have.
    """

    name: str
    url: str
    sha256: str | None
    most_bytes: int


DSB2018 = Source(
    "dsb2018",
    "https://github.com/stardist/stardist/releases/download/0.1.0/dsb2018.zip",
    "e44921950edce378063aa4457e625581ba35b4c2dbd9a07c19d48900129f386f",
    500 * 10**6,
)
ISBI2012 = Source("isbi2012", "https://downloads.imagej.net/ISBI-2012-challenge.zip", None, 500 * 10**6)
# Of the decoded stacks in C order: the archive has no published checksum, but what is in it is known.
ISBI2012_STACKS = {
    "train-volume.tif": "200da3d452d726e6c9ca1ce04b869d4edb727320d23b516d01cce707dc8c4760",
    "train-labels.tif": "a7cb64000a1a7e542682927e19c91339f58f9f178e0bcce4e207371116f0ca36",
}


def fetch_dsb2018(part: str, *, folder: Place | None = None) -> LabelledImages:
    """Open the fluorescence images of the 2018 Data Science Bowl: 447 to train on, 50 to test on, with ids.

    Args:
        part: "train" or "test".
        folder: Where to keep what is downloaded, in place of the user's cache.

    Returns:
        A dataset of triples as `nuclei` gives them; sizes vary. A local copy may also hold the file of 80 training
        images that `nuclei` was chosen from, `dsb2018-small/dsb2018_small.npz`: then "train" is those.

    Raises:
        ValueError: If there is no such part, or the archive is not what was published.
        FileNotFoundError: If SEGBOOK_DATA names a folder without the set.
        ConnectionError: If it cannot be downloaded.

    Source: Caicedo et al. (2019), BBBC038v1, CC0; the selection and split of Schmidt et al. (2018), "Cell detection
    with star-convex polygons".
    """
    if part not in {"train", "test"}:
        raise ValueError(f"part must be one of train, test: got {part!r}")
    small = _local_root() / "dsb2018-small/dsb2018_small.npz" if "SEGBOOK_DATA" in os.environ else None
    if small is not None and part == "train" and small.is_file() and not (_local_root() / DSB2018.name).is_dir():
        with np.load(small) as file:
            return LabelledImages(file["images"], file["labels"], instances=True, names=file["ids"].tolist())
    home = _home(DSB2018, folder, check=_dsb2018_folders)
    return LabelledImages(*paired_files(_dsb2018_folders(home)[part]), instances=True)


def fetch_isbi2012(*, folder: Place | None = None) -> LabelledImages:
    """Open the 30 training slices of the ISBI 2012 challenge: electron microscopy of a fly's nerve cord.

    For non-commercial use; cite Cardona et al. (2010) and Arganda-Carreras et al. (2015). The slices must not be
    passed on: keep them out of what you publish, stored outputs of notebooks too.

    Args:
        folder: Where to keep what is downloaded, in place of the user's cache.

    Returns:
        A dataset of pairs: the image (1, 512, 512) in [0, 1] and labels, 1 in cells and 0 on membranes. A local copy
        holds the challenge's stacks, or `isbi2012/train/image/0.png` … beside `isbi2012/train/label/0.png` ….

    Raises:
        ValueError: If the archive is not what was published.
        FileNotFoundError: If SEGBOOK_DATA names a folder without the set.
        ConnectionError: If it cannot be downloaded.

    Source: Arganda-Carreras et al. (2015), "Crowdsourcing the creation of image segmentation algorithms for
    connectomics".
    """
    images, labels = _isbi2012_stacks(_home(ISBI2012, folder, check=_isbi2012_stacks))
    return LabelledImages(images, labels)


def _local_root() -> Path:
    return Path(os.environ["SEGBOOK_DATA"]).expanduser()


def _home(source: Source, folder: Place | None, check: Callable[[Path], object]) -> Path:
    """Find the folder of a set, or make it."""
    if "SEGBOOK_DATA" in os.environ:
        home = _local_root() / source.name
        if not home.is_dir():
            raise FileNotFoundError(
                f"SEGBOOK_DATA is {os.environ['SEGBOOK_DATA']!r}, where there is no folder {source.name!r}: unpack "
                f"{source.url} there, or unset SEGBOOK_DATA to have it downloaded"
            )
        return home
    cache = Path(folder) if folder is not None else Path(pooch.os_cache("segbook"))
    home = cache / source.name
    if home.is_dir():
        return home
    instead = (
        f"Without a network, download it elsewhere, unpack it into a folder {source.name!r}, and set SEGBOOK_DATA to "
        "the folder above"
    )
    archive = cache / f"{source.name}.zip"
    download(source.url, archive, sha256=source.sha256, most_bytes=source.most_bytes, instead=instead)
    try:
        return unpack(archive, home, check=check)
    finally:
        archive.unlink()


def _dsb2018_folders(home: Path) -> dict[str, Path]:
    """Find the folders of both parts, in which every image has its mask."""
    root = home / DSB2018.name if (home / DSB2018.name).is_dir() else home
    for part in ("train", "test"):
        if not (root / part / "images").is_dir():
            raise ValueError(f"{home}: there is no folder {part}/images in it")
        paired_files(root / part)
    return {part: root / part for part in ("train", "test")}


def _isbi2012_stacks(home: Path) -> list[np.ndarray]:
    """Read images and labels, and compare them with their checksums."""
    stacks = []
    for (name, sha256), kind in zip(ISBI2012_STACKS.items(), ("image", "label"), strict=True):
        slices = home / "train" / kind
        files = sorted(home.rglob(name))
        if slices.is_dir():
            paths = sorted(slices.glob("*.png"), key=lambda path: (len(path.stem), path.stem))
            stack = np.stack([np.asarray(Image.open(path)) for path in paths])
        elif files:
            stack = tifffile.imread(files[0])
        else:
            raise ValueError(f"{home}: there is neither {name} nor train/{kind} in it")
        found = hashlib.sha256(np.ascontiguousarray(stack).tobytes()).hexdigest()
        if found != sha256:
            raise ValueError(f"{home}: the slices of {name} have sha256 {found}, those of the challenge {sha256}")
        stacks.append(stack)
    return stacks
