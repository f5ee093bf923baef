"""Choose the sample of real nuclei that the package carries, and write it: segbook/data/nuclei.zip and nuclei.md.

    .venv/bin/python tools/sample.py dsb2018_small.npz

The archive holds 80 fluorescence images of the 2018 Data Science Bowl with ids. Most of them are quarters of larger
fields: where two images continue each other across an edge, they are tiles of one field, and a field never lies on both
sides of the split. Tiles that would meet at a corner only cannot be told that way, so the test images come from fields
that are known whole (`WHOLE`).
"""

import argparse
import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from scipy import ndimage

from segbook.data.views import touching_pairs

ARCHIVE = "30287c783fe8a7885a9669997b255c8ba4941137eb436f030247719bb0c31871"  # sha256
SPLIT = {"test": 18, "train": 36}
# Images whose field of four tiles was found complete in the Bowl's training set, by matching edges:
# metadata/share_train_df.csv in github.com/ildoonet/data-science-bowl-2018. Not every tile of them is in the archive.
WHOLE = """
0287e7ee 04acab76 0bf4b144 1d4a5e72 2227fd9b 2bf594e9 2f929b06 34c9f4eb 358e47ea 4a424e0c 4c465a54 648636ee
64eeef16 77ceeb87 8f6e49e4 9586e48a aa47f0b3 c00ae67f da8ca06c ddf1bf45 e81c758e edd36ed8 f6863b83 f8e74d40
"""

NOTE = """# Nuclei: a sample of the 2018 Data Science Bowl

`nuclei.zip` holds {train} training and {test} test images of cell nuclei under a fluorescence microscope, 256 × 256
pixels of 8 bits (`train/images/ID.png`, `test/images/ID.png`), and their labels (`train/masks/ID.png`,
`test/masks/ID.png`): 0 is background, every other number one nucleus. ID is the image's name in the original set.

- **Origin**: stage 1 of the 2018 Data Science Bowl, set BBBC038v1 of the Broad Bioimage Benchmark Collection,
  <https://bbbc.broadinstitute.org/BBBC038>. Caicedo et al. (2019), "Nucleus segmentation across imaging experiments:
  the 2018 Data Science Bowl", Nature Methods 16, <https://doi.org/10.1038/s41592-019-0612-7>.
- **Licence**: CC0 1.0, no rights reserved, <https://creativecommons.org/publicdomain/zero/1.0/>.
- **Taken from** an archive of 80 of these images, 40 with the most touching nuclei and 40 at random
  (sha256 `{archive}`), by `tools/sample.py`. Grey values and ids are unchanged.
- **Selection**: images with a nucleus in several pieces are left out. The others are described by the number of nuclei,
  their median area, the share that touch another, and the brightness of nuclei and background. The first choice is
  the most ordinary one, every further choice the one most unlike all before; first {test} test images, whole fields at
  a time, then {train} training images from the fields that are left.
- **Split**: most images are tiles of larger fields. Two that continue each other across an edge (correlation of the
  neighbouring rows above 0.7, and a step between them at most a fifth larger than between rows within) belong to one
  field; the images of one field stand on one side. Tiles that meet at a corner only cannot be told by their edges.
  Test images therefore come from fields whose four tiles are known, so none of their neighbours is in the training
  set.

| part | image | field | nuclei | touching |
|---|---|---|---|---|
{rows}
"""


def fields(images: np.ndarray) -> np.ndarray:
    """Number the fields that images (N, H, W) were cut from: tiles continue each other across an edge."""
    numbers = np.arange(len(images))
    for tiles in (images.astype(float), images.astype(float).transpose(0, 2, 1)):
        for a, first in enumerate(tiles):
            for b, second in enumerate(tiles):
                inner, last, start, after = first[:, -2], first[:, -1], second[:, 0], second[:, 1]
                within = (abs(last - inner).mean() + abs(after - start).mean()) / 2 + 0.5  # half a grey level of noise
                alike = np.corrcoef(last, start)[0, 1] > 0.7 and abs(last - start).mean() <= 1.2 * within
                if a != b and alike:
                    numbers[numbers == numbers[b]] = numbers[a]
    return numbers


def looks(images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Describe images by how many, how large, how crowded and how bright their nuclei are, in standard deviations."""
    rows = []
    for image, ids in zip(images, labels, strict=True):
        areas = np.bincount(ids.ravel())[1:]
        touching = len(touching_pairs(torch.from_numpy(ids.astype(np.int64))).unique()) / len(areas)
        bright, dark = np.median(image[ids > 0]), np.median(image[ids == 0])
        rows.append([np.log(len(areas)), np.log(np.median(areas)), touching, np.log(bright), np.log(dark)])
    table = np.array(rows)
    return (table - table.mean(axis=0)) / table.std(axis=0)


def choose(points: np.ndarray, groups: list[list[int]], number: int) -> list[int]:
    """Take groups one by one, first the most ordinary, then always the one most unlike all that were taken."""
    centres = np.array([points[group].mean(axis=0) for group in groups])
    far, chosen = -np.linalg.norm(centres, axis=1), []
    while len(chosen) < number:
        fits = np.array([len(chosen) + len(group) <= number for group in groups])
        best = int(np.where(fits & np.isfinite(far), far, -np.inf).argmax())
        away = np.linalg.norm(centres - centres[best], axis=1)
        far = away if not chosen else np.minimum(far, away)
        far[best] = -np.inf
        chosen += groups[best]
    return chosen


def split(images: np.ndarray, labels: np.ndarray, names: np.ndarray) -> tuple[dict[str, list[int]], np.ndarray]:
    """Choose the images of both parts; also give the field of each image."""
    field, points = fields(images), looks(images, labels)
    whole = [all(ndimage.label(ids == k, np.ones((3, 3)))[1] == 1 for k in range(1, ids.max() + 1)) for ids in labels]
    good = [int(index) for index in np.flatnonzero(whole)]
    known = {field[index] for index in good if names[index][:8] in WHOLE}
    test = choose(points, [[i for i in good if field[i] == number] for number in sorted(known)], SPLIT["test"])
    used = {field[index] for index in test}
    train = choose(points, [[index] for index in good if field[index] not in used], SPLIT["train"])
    return {"train": sorted(train), "test": sorted(test)}, field


def png(values: np.ndarray) -> bytes:
    """Write a map of bytes as a PNG."""
    file = io.BytesIO()
    Image.fromarray(values).save(file, "PNG", optimize=True)
    return file.getvalue()


def main() -> None:
    """Check the archive, choose, write."""
    parser = argparse.ArgumentParser(description="Choose the sample of nuclei and write it into the package.")
    parser.add_argument("archive", type=Path, help="dsb2018_small.npz")
    parser.add_argument("--out", type=Path, default=Path("segbook/data"), help="the folder to write to")
    options = parser.parse_args()
    found = hashlib.sha256(options.archive.read_bytes()).hexdigest()
    if found != ARCHIVE:
        raise SystemExit(f"{options.archive} has sha256 {found}, the selection was made from {ARCHIVE}")
    with np.load(options.archive) as file:
        images, labels, names = (file[key] for key in ("images", "labels", "ids"))
    parts, field = split(images, labels, names)
    rows = []
    with zipfile.ZipFile(options.out / "nuclei.zip", "w", zipfile.ZIP_STORED) as archive:
        for part, chosen in parts.items():
            for index in chosen:
                for folder, values in (("images", images), ("masks", labels)):
                    entry = zipfile.ZipInfo(f"{part}/{folder}/{names[index]}.png", (1980, 1, 1, 0, 0, 0))
                    archive.writestr(entry, png(values[index]))
                touching = len(touching_pairs(torch.from_numpy(labels[index].astype(np.int64))).unique())
                rows.append(f"| {part} | `{names[index]}` | {field[index]} | {labels[index].max()} | {touching} |")
    note = NOTE.format(**SPLIT, archive=ARCHIVE, rows="\n".join(rows))
    (options.out / "nuclei.md").write_text(note, "utf-8")
    print(f"{(options.out / 'nuclei.zip').stat().st_size / 1e6:.2f} MB in {options.out / 'nuclei.zip'}")


if __name__ == "__main__":
    main()
