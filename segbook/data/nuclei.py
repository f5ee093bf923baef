"""Real nuclei with their ids: the sample of the 2018 Data Science Bowl that lies in the package (nuclei.md)."""

import zipfile
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from segbook.data.samples import LabelledImages

PARTS = ("train", "test")


def nuclei(part: str, *, percentiles: tuple[int | float, int | float] | None = None) -> LabelledImages:
    """Open real fluorescence images of nuclei, in which people outlined every nucleus.

    36 images to train on and 18 to test on, from a few nuclei that lie alone to a hundred that crowd. No field of view
    has tiles in both parts. They lie in the package: nothing is downloaded.

    Args:
        part: "train" or "test".
        percentiles: Give every image the same contrast with these, as `normalise` does: (1, 99.8), for one.

    Returns:
        A dataset of triples as `CellScenes` gives them: the image (1, 256, 256) in [0, 1], labels 0 and 1, and
        instances. Its `names` are the images' ids in the original set.

    Raises:
        ValueError: If there is no such part.

    Source: Caicedo et al. (2019), "Nucleus segmentation across imaging experiments: the 2018 Data Science Bowl"; set
    BBBC038v1, CC0. `nuclei.md` beside this module names every image and says how they were chosen.

    >>> image, labels, instances = nuclei("train")[0]
    >>> image.shape, labels.unique().tolist(), instances.max().item()
    (torch.Size([1, 256, 256]), [0, 1], 16)
    """
    if part not in PARTS:
        raise ValueError(f"part must be one of {', '.join(PARTS)}: got {part!r}")
    with zipfile.ZipFile(Path(__file__).with_name("nuclei.zip")) as archive:
        paths = sorted(path for path in archive.namelist() if path.startswith(f"{part}/images/"))
        images, masks = (
            np.stack([_png(archive, path.replace("images", kind, 1)) for path in paths]) for kind in ("images", "masks")
        )
    names = [PurePosixPath(path).stem for path in paths]
    return LabelledImages(images, masks, instances=True, percentiles=percentiles, names=names)


def nuclei_fields() -> dict[str, int]:
    """Say which field of view every image of `nuclei` belongs to: tiles of one field must not be trained and tested on.

    Returns:
        The number of the field for every name, of both parts.

    Source: the table in `nuclei.md` beside this module.

    >>> fields = nuclei_fields()
    >>> len(fields), len({fields[name] for name in nuclei("train").names})
    (54, 31)
    """
    rows = Path(__file__).with_suffix(".md").read_text("utf-8").splitlines()
    cells = [
        [cell.strip("` ") for cell in row.strip("|").split("|")]
        for row in rows
        if row.startswith(("| train |", "| test |"))
    ]
    return {name: int(field) for _, name, field, *_ in cells}


def _png(archive: zipfile.ZipFile, path: str) -> np.ndarray:
    with archive.open(path) as file, Image.open(file) as image:
        return np.array(image)
