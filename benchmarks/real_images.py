"""Train one small U-Net on the book's real nuclei, for a live figure of chapter 11 and for its open exercise.

    python benchmarks/real_images.py --out runs     # trains if nothing lies in runs, then writes everything

It learns on 27 of the sample's training images. The figure has no torch, so it shows stored answers: the files that
begin with `training_film` in `segbook/widgets/data`.
"""

import argparse
import json
import math
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from model_compare import GREYS, save
from run import machine
from torch import Tensor, nn

from segbook import metrics
from segbook.data import Variations, nuclei
from segbook.losses import cross_entropy
from segbook.models import UNet
from segbook.objects import instances_from
from segbook.pixel_weights import carve_touching
from segbook.train import fit, predict

DATA = Path(__file__).parents[1] / "segbook" / "widgets" / "data"
CONTRAST = (1, 99.8)
VALIDATION = (2, 4, 10, 11, 16, 18, 22, 26, 31)  # whole fields of the training images
SIZE, CROPS, BATCH, STEPS, RATE, WIDTH, DEPTH = 96, 160, 4, 250, 2e-3, 8, 3
SEED = 4  # with 0, at rates of 0.002 and 0.003, the network fell into a state in which no pixel exceeds 0.6
WARM, BENT = 30, 10.0
LEVELS = 50
FRAMES = (0, 1, 2, 5, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 125, 150, 175, 200, 225, 250)
FILMED = (31, 100, 60)  # a training image that is validated on, row and column of the part that is shown
POSED = (0, 2, 3, 5, 6, 7, 8, 9, 11, 14, 16, 17)  # test images of which exercise 11.4 has the middle
EXERCISE = Path(__file__).parents[1] / "segbook" / "exercises" / "chapter11" / "nuclei.npz"
NOTE = (
    f"A U-Net of width {WIDTH} and depth {DEPTH}, {STEPS} steps of {BATCH} crops of {SIZE}² (Adam, rate {RATE}, rising "
    f"for {WARM} steps, then falling to 0 along a cosine), from {CROPS} crops of 27 training images of the book's "
    "sample, turned, mirrored and bent elastically with σ = 10; targets carved. Written by benchmarks/real_images.py."
)
Picture = tuple[Tensor, Tensor, Tensor]


def parts() -> dict[str, list[Picture]]:
    """Split the training images; no field of view lies in two parts."""
    photos = nuclei("train", percentiles=CONTRAST)
    return {
        "train": [photos[n] for n in range(len(photos)) if n not in VALIDATION],
        "validation": [photos[n] for n in VALIDATION],
        "test": list(nuclei("test", percentiles=CONTRAST)),
    }


def crops(pictures: list[Picture]) -> tuple[Tensor, Tensor]:
    """Cut crops: images and carved targets."""
    whole = [(image, ids) for image, _, ids in pictures]
    varied = Variations(whole, CROPS, seed=SEED, size=SIZE, flip=True, degrees=180, sigma=BENT)
    images, ids = zip(*(varied[n] for n in range(CROPS)), strict=True)
    return torch.stack(images), torch.stack([(carve_touching(one) > 0).long() for one in ids])


def learn(pictures: list[Picture]) -> tuple[nn.Module, list, list[dict]]:
    """Train the network; return it, its losses, and what it says of the filmed part at some steps."""
    views = crops(pictures)
    generator = torch.Generator().manual_seed(SEED)
    draws = torch.randint(CROPS, (STEPS, BATCH), generator=generator)
    torch.manual_seed(SEED)
    model = UNet(1, 2, width=WIDTH, depth=DEPTH, padding=True)
    adam = torch.optim.Adam(model.parameters(), lr=RATE)
    rate = torch.optim.lr_scheduler.LambdaLR(
        adam, lambda n: min((n + 1) / WARM, 0.5 + 0.5 * math.cos(math.pi * n / STEPS))
    )
    film = [frame(model, 0)]

    def after_step(step: int) -> None:
        rate.step()
        if step in FRAMES:
            film.append(frame(model, step))

    batches = ([view[draw] for view in views] for draw in draws)
    mean = partial(cross_entropy, reduction="pixel_mean")
    history = fit(model, batches, mean, adam, steps=STEPS, seed=SEED, after_step=after_step)
    return model.eval(), history["loss"], film


def frame(model: nn.Module, step: int) -> dict:
    """Keep what a network says about the filmed part."""
    number, row, column = FILMED
    image = nuclei("train", percentiles=CONTRAST)[number][0]
    window = np.s_[row : row + SIZE, column : column + SIZE]
    probs = predict(model, image[None]).softmax(dim=1)[0, 1]
    return {"step": step, "levels": levels(probs[window]).tolist()}


def levels(probs: Tensor) -> np.ndarray:
    """Say how many fiftieths a probability has reached, 0 to 49."""
    return (probs * LEVELS).long().clamp(0, LEVELS - 1).byte().numpy()


def answers(model: nn.Module, pictures: Iterable[Picture]) -> list[Tensor]:
    """Give the probability of a nucleus at every pixel of every image."""
    return [1 - predict(model, image[None]).softmax(dim=1)[0, 0] for image, *_ in pictures]


def main() -> None:
    """Train if it is missing, and write everything."""
    parser = argparse.ArgumentParser(description="Train on real nuclei, for chapter 11.")
    parser.add_argument("--out", type=Path, required=True, help="the folder that keeps the trained network")
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    images, path = parts(), folder / f"bent-{SEED}.pt"
    if not path.exists():
        model, loss, film = learn(images["train"])
        torch.save({"model": model.state_dict(), "loss": loss, "film": film}, path)
    run = torch.load(path, weights_only=True)
    write_film(images, run)
    model = UNet(1, 2, width=WIDTH, depth=DEPTH, padding=True)
    model.load_state_dict(run["model"])
    write_exercise(images["test"], model.eval())
    print(*(f"{file.name} {file.stat().st_size} bytes" for file in sorted(DATA.glob("training_film*"))), sep="\n")


def write_film(images: dict[str, list[Picture]], run: dict) -> None:
    """Write what the figure TrainingFilm stores."""
    number, row, column = FILMED
    image, ids = window(images["validation"][VALIDATION.index(number)], row, column)
    tiles = [ids.byte().numpy(), *(np.array(one["levels"], np.uint8) for one in run["film"])]
    save(np.concatenate(tiles), DATA / "training_film.png")
    save(
        (image.clamp(0, 1) * (GREYS - 1)).round().byte().numpy() * (255 // (GREYS - 1)),
        DATA / "training_film_image.png",
    )
    found = [instances_from((torch.from_numpy(tile) + 0.5) / LEVELS) for tile in tiles[1:]]
    hits = [metrics.instance_counts(one[None], ids[None], thresholds=(0.5,)) for one in found]
    text = {
        "note": NOTE,
        "machine": machine(),
        "size": SIZE,
        "steps": [one["step"] for one in run["film"]],
        "first": next(n for n, one in enumerate(hits) if one[0, 0] > 0),
        "loss": [round(value, 3) for value in run["loss"]],
        "ap": [round(1000 * metrics.average_precision(one).nan_to_num().item()) for one in hits],
    }
    (DATA / "training_film.json").write_text(json.dumps(text, ensure_ascii=False) + "\n", "utf-8")


def write_exercise(test: list[Picture], model: nn.Module) -> None:
    """Write what exercise 11.4 reads: a network's answers for the middles of test images, and the true ids."""
    levelled, ids = [], []
    for number in POSED:
        levelled.append(levels(answers(model, [test[number]])[0][80 : 80 + SIZE, 80 : 80 + SIZE]))
        ids.append(window(test[number], 80, 80)[1].byte().numpy())
    np.savez_compressed(EXERCISE, levels=np.stack(levelled), ids=np.stack(ids))


def window(picture: Picture, row: int, column: int) -> tuple[Tensor, Tensor]:
    """Cut a part out of an image; its ids are numbered anew."""
    image, _, ids = picture
    cut = ids[row : row + SIZE, column : column + SIZE]
    return image[0, row : row + SIZE, column : column + SIZE], cut.unique(return_inverse=True)[1].reshape(cut.shape)


if __name__ == "__main__":
    main()
