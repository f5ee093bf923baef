"""Train U-Nets on the book's real nuclei, for chapter 11: its table, its two live figures and its open exercise.

    python benchmarks/real_images.py --out runs     # trains what is missing in runs, then writes everything

Three recipes from the same first weights and the same batches: bent crops, the same crops unbent, and bent crops with
the weight map. Each is trained on 27 of the sample's training images. How an answer is read is chosen
on the other 9, and the 18 test images are answered once. `results/real_images.json` has the scores. The figures have no
torch, so they show stored answers: the files that begin with `results_browser` and `training_film` in
`segbook/widgets/data`.
"""

import argparse
import json
import math
from collections.abc import Iterable
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import torch
from model_compare import GREYS, save
from run import machine
from skimage.filters import threshold_otsu
from torch import Tensor, nn

from segbook import metrics
from segbook.data import Variations, nuclei
from segbook.losses import cross_entropy
from segbook.models import UNet
from segbook.objects import instances_from
from segbook.pixel_weights import carve_touching, weight_map
from segbook.train import fit, predict

RESULTS = Path(__file__).parent / "results" / "real_images.json"
DATA = Path(__file__).parents[1] / "segbook" / "widgets" / "data"
CONTRAST = (1, 99.8)
VALIDATION = (2, 4, 10, 11, 16, 18, 22, 26, 31)  # whole fields of the training images
SIZE, CROPS, BATCH, STEPS, RATE, WIDTH, DEPTH = 96, 160, 4, 250, 2e-3, 8, 3
SEEDS = (4,)  # with 0, at rates of 0.002 and 0.003, the network fell into a state in which no pixel exceeds 0.6
WARM = 30
RECIPES = {"bent": (10.0, False), "unbent": (0.0, False), "bent, weights": (10.0, True)}
READINGS = tuple(product(("components", "distance"), [n / 10 for n in range(1, 10)]))
IOUS = metrics.IOU_THRESHOLDS[:9]
LEVELS = 50
FRAMES = (0, 1, 2, 5, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 125, 150, 175, 200, 225, 250)
FILMED = (31, 100, 60)  # a training image that is validated on, row and column of the part that is shown
SHOWN = {  # number of the test image, row and column
    "a few": (4, 140, 160),
    "a crowd": (5, 160, 40),
    "many small ones": (8, 120, 40),
    "large ones": (16, 160, 100),
    "dim ones": (7, 160, 20),
}
POSED = (0, 2, 3, 5, 6, 7, 8, 9, 11, 14, 16, 17)  # test images of which exercise 11.4 has the middle
EXERCISE = Path(__file__).parents[1] / "segbook" / "exercises" / "chapter11" / "nuclei.npz"
NOTE = (
    f"U-Nets of width {WIDTH} and depth {DEPTH}, {STEPS} steps of {BATCH} crops of {SIZE}² (Adam, rate {RATE}, rising "
    f"for {WARM} steps, then falling to 0 along a cosine), from {CROPS} crops of 27 training images of the book's "
    "sample, turned and mirrored; targets carved. 'bent': deformed elastically with σ = 10; 'weights': with the weight "
    "map. Written by benchmarks/real_images.py."
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


def crops(pictures: list[Picture], sigma: float, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Cut crops: images, carved targets, weight maps."""
    whole = [(image, ids) for image, _, ids in pictures]
    varied = Variations(whole, CROPS, seed=seed, size=SIZE, flip=True, degrees=180, sigma=sigma)
    images, ids = zip(*(varied[n] for n in range(CROPS)), strict=True)
    carved = [carve_touching(one) for one in ids]
    targets = torch.stack([(one > 0).long() for one in carved])
    return torch.stack(images), targets, torch.stack([weight_map(one) for one in carved])


def learn(pictures: list[Picture], recipe: str, seed: int, film: list[dict] | None = None) -> tuple[nn.Module, list]:
    """Train one network; the same first weights and batches for all recipes of a seed."""
    sigma, weighted = RECIPES[recipe]
    views = crops(pictures, sigma, seed)[: 3 if weighted else 2]
    generator = torch.Generator().manual_seed(seed)
    draws = torch.randint(CROPS, (STEPS, BATCH), generator=generator)
    torch.manual_seed(seed)
    model = UNet(1, 2, width=WIDTH, depth=DEPTH, padding=True)
    adam = torch.optim.Adam(model.parameters(), lr=RATE)
    rate = torch.optim.lr_scheduler.LambdaLR(
        adam, lambda n: min((n + 1) / WARM, 0.5 + 0.5 * math.cos(math.pi * n / STEPS))
    )

    def after_step(step: int) -> None:
        rate.step()
        if film is not None and step in FRAMES:
            film.append(frame(model, step))

    if film is not None:
        film.append(frame(model, 0))
    batches = ([view[draw] for view in views] for draw in draws)
    mean = partial(cross_entropy, reduction="pixel_mean")
    history = fit(model, batches, mean, adam, steps=STEPS, seed=seed, after_step=after_step)
    return model.eval(), history["loss"]


def frame(model: nn.Module, step: int) -> dict:
    """Keep what a network says about the filmed part, and its first kernels."""
    number, row, column = FILMED
    image = nuclei("train", percentiles=CONTRAST)[number][0]
    window = np.s_[row : row + SIZE, column : column + SIZE]
    kernels = next(p for p in model.parameters() if p.ndim == 4).detach()[:, 0]
    probs = predict(model, image[None]).softmax(dim=1)[0, 1]
    return {
        "step": step,
        "levels": levels(probs[window]).tolist(),
        "kernels": [[round(w, 3) for w in k.ravel().tolist()] for k in kernels],
    }


def levels(probs: Tensor) -> np.ndarray:
    """Say how many fiftieths a probability has reached, 0 to 49."""
    return (probs * LEVELS).long().clamp(0, LEVELS - 1).byte().numpy()


def answers(model: nn.Module, pictures: Iterable[Picture]) -> list[Tensor]:
    """Give the probability of a nucleus at every pixel of every image."""
    return [predict(model, image[None]).softmax(dim=1)[0, 1] for image, *_ in pictures]


def read(probs: Tensor, seeds: str, threshold: float) -> Tensor:
    """Read objects off: specks removed, the carve given back."""
    return instances_from(probs, threshold=threshold, seeds=seeds, smallest=20, grow=1)


def count(found: list[Tensor], pictures: list[Picture]) -> dict[str, Tensor]:
    """Count image by image what all scores are made of."""
    pairs = [(one[None], ids[None]) for one, (_, _, ids) in zip(found, pictures, strict=True)]
    return {
        "hits": torch.stack([metrics.instance_counts(*pair, thresholds=IOUS) for pair in pairs]),
        "fates": torch.tensor(
            [[metrics.merged_cells(*p), metrics.split_cells(*p), len(p[1].unique()) - 1] for p in pairs]
        ),
        "pixels": torch.stack(
            [metrics.confusion_matrix((a > 0).long(), (b > 0).long(), num_classes=2) for a, b in pairs]
        ),
    }


def ap(hits: Tensor) -> Tensor:
    """Turn added counts into the AP at 0.5."""
    return metrics.average_precision(hits)[0]


def tuned(probs: list[Tensor], pictures: list[Picture]) -> tuple[str, float]:
    """Choose the reading with the highest AP at 0.5."""
    return max(READINGS, key=lambda way: ap(count([read(p, *way) for p in probs], pictures)["hits"].sum(0)).item())


def scores(counted: dict[str, Tensor]) -> dict:
    """Score with the intervals of other draws of images; counts may be those of several seeds, added."""
    hits = counted["hits"]
    curve = metrics.average_precision(hits.sum(0)).tolist()
    named = {
        "AP": metrics.bootstrap_interval(hits, ap),
        "merged": metrics.bootstrap_interval(counted["fates"], lambda t: t[0] / t[2]),
        "split": metrics.bootstrap_interval(counted["fates"], lambda t: t[1] / t[2]),
        "IoU": metrics.bootstrap_interval(counted["pixels"], lambda t: metrics.iou(t)[1]),
    }
    return {name: [round(v, 4) for v in interval] for name, interval in named.items()} | {
        "AP at 0.50 … 0.90": [round(v, 4) for v in curve]
    }


def grey(pictures: Iterable[Picture]) -> list[Tensor]:
    """Take grey values for probabilities: what can be had without learning."""
    return [image[0].clamp(0, 1) for image, *_ in pictures]


def main() -> None:
    """Train what is missing, score, write everything."""
    parser = argparse.ArgumentParser(description="Train on real nuclei, for chapter 11.")
    parser.add_argument("--out", type=Path, required=True, help="the folder that keeps trained networks")
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    images, runs = parts(), {}
    for seed, recipe in product(SEEDS, RECIPES):
        path = folder / f"{recipe.replace(', ', '-')}-{seed}.pt"
        if not path.exists():
            film: list[dict] | None = [] if (recipe, seed) == ("bent", SEEDS[0]) else None
            model, loss = learn(images["train"], recipe, seed, film)
            torch.save({"model": model.state_dict(), "loss": loss, "film": film}, path)
            print(path, f"{sum(loss[-50:]) / 50:.3f}", flush=True)
        runs[recipe, seed] = torch.load(path, weights_only=True)
    RESULTS.write_text(json.dumps(scored(images, runs), indent=1, ensure_ascii=False) + "\n", "utf-8")
    write_film(images, runs["bent", SEEDS[0]])
    write_browser(images["test"], [loaded(runs[recipe, SEEDS[0]]) for recipe in ("bent", "bent, weights")])
    write_exercise(images["test"], loaded(runs["bent", SEEDS[0]]))
    print(*(f"{file.name} {file.stat().st_size} bytes" for file in sorted(DATA.glob("[rt]*_*"))), sep="\n")


def loaded(run: dict) -> nn.Module:
    """Build a network with the weights of a run."""
    model = UNet(1, 2, width=WIDTH, depth=DEPTH, padding=True)
    model.load_state_dict(run["model"])
    return model.eval()


def scored(images: dict[str, list[Picture]], runs: dict) -> dict:
    """Choose each network's reading on validation images; score both parts; compare recipes image by image."""
    rows, added = [], {}
    for recipe in (*RECIPES, "Otsu"):
        for seed in SEEDS if recipe in RECIPES else (None,):
            if recipe in RECIPES:
                model = loaded(runs[recipe, seed])
                probs = {part: answers(model, images[part]) for part in ("validation", "test")}
                way = tuned(probs["validation"], images["validation"])
            else:
                probs = {part: [one > threshold_otsu(one.numpy()) for one in grey(images[part])] for part in images}
                way = "distance", 0.5
            row = {"recipe": recipe, "seed": seed, "seeds": way[0], "threshold": way[1]}
            for part in ("validation", "test"):
                counted = count([read(one, *way) for one in probs[part]], images[part])
                row[part] = scores(counted)
                before = added.setdefault((recipe, part), dict.fromkeys(counted, 0))
                added[recipe, part] = {name: before[name] + value for name, value in counted.items()}
            rows.append(row)
            print(recipe, seed, way, row["validation"]["AP"], row["test"]["AP"], flush=True)
    pairs = [("bent", "unbent"), ("bent, weights", "bent"), ("bent", "Otsu")]
    differences = [
        {
            "first": a,
            "other": b,
            "part": part,
            "AP": rounded(paired(added[a, part], added[b, part], len(SEEDS) if b == "Otsu" else 1)),
        }
        for (a, b), part in product(pairs, ("validation", "test"))
    ]
    together = [{"recipe": recipe, "part": part, **scores(counted)} for (recipe, part), counted in added.items()]
    return {"title": "Real nuclei", "note": NOTE, "machine": machine(), "seeds": len(SEEDS), "rows": rows,
            "together": together, "differences": differences}  # fmt: skip


def paired(first: dict[str, Tensor], other: dict[str, Tensor], times: int) -> metrics.Interval:
    """Compare two recipes on the same draws of images; what has no seeds is counted as often as the other."""
    return metrics.paired_difference(first["hits"], times * other["hits"], ap)


def rounded(values: Iterable[float]) -> list[float]:
    """Keep four digits."""
    return [round(value, 4) for value in values]


def write_film(images: dict[str, list[Picture]], run: dict) -> None:
    """Write what the figure TrainingFilm stores."""
    number, row, column = FILMED
    image, ids = part(images["validation"][VALIDATION.index(number)], row, column)
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
        "kernels": [one["kernels"] for one in run["film"]],
    }
    (DATA / "training_film.json").write_text(json.dumps(text, ensure_ascii=False) + "\n", "utf-8")


def write_browser(test: list[Picture], models: list[nn.Module]) -> None:
    """Write what the figure ResultsBrowser stores."""
    sheets: dict[str, list[np.ndarray]] = {
        "images": [],
        "ids": [],
        "grey values": [],
        "U-Net": [],
        "U-Net, weights": [],
    }
    curves = []
    for number, row, column in SHOWN.values():
        image, ids = part(test[number], row, column)
        sheets["images"].append((image.clamp(0, 1) * (GREYS - 1)).round().byte().numpy())
        sheets["ids"].append(ids.byte().numpy())
        said = [grey([test[number]])[0], *(answers(model, [test[number]])[0] for model in models)]
        for name, probs in zip([*sheets][2:], said, strict=True):
            sheets[name].append(levels(probs[row : row + SIZE, column : column + SIZE]))
        curves.append([ap_curves(sheets[name][-1], ids) for name in [*sheets][2:]])
    rows = {name: np.concatenate(tiles, axis=1) for name, tiles in sheets.items()}
    save(rows.pop("images") * (255 // (GREYS - 1)), DATA / "results_browser_images.png")
    save(np.concatenate([*rows.values()]), DATA / "results_browser.png")
    text = {
        "note": NOTE,
        "machine": machine(),
        "methods": [*sheets][2:],
        "scenes": [*SHOWN],
        "size": SIZE,
        "curves": curves,
    }
    (DATA / "results_browser.json").write_text(json.dumps(text, ensure_ascii=False) + "\n", "utf-8")


def write_exercise(test: list[Picture], model: nn.Module) -> None:
    """Write what exercise 11.4 reads: a network's answers for the middles of test images, and the true ids."""
    levelled, ids = [], []
    for number in POSED:
        levelled.append(levels(answers(model, [test[number]])[0][80 : 80 + SIZE, 80 : 80 + SIZE]))
        ids.append(part(test[number], 80, 80)[1].byte().numpy())
    np.savez_compressed(EXERCISE, levels=np.stack(levelled), ids=np.stack(ids))


def ap_curves(tile: np.ndarray, ids: Tensor) -> list[list[int | None]]:
    """Give the thousandths of AP at all thresholds, by components and by watershed; None where nothing is counted."""
    probs, found = (torch.from_numpy(tile) + 0.5) / LEVELS, []
    for seeds in ("components", "distance"):
        hits = [
            metrics.instance_counts(
                instances_from(probs, threshold=n / LEVELS, seeds=seeds)[None], ids[None], thresholds=(0.5,)
            )
            for n in range(1, LEVELS)
        ]
        values = [metrics.average_precision(one).item() for one in hits]
        found.append([None if math.isnan(value) else round(1000 * value) for value in values])
    return found


def part(picture: Picture, row: int, column: int) -> tuple[Tensor, Tensor]:
    """Cut a part out of an image; its ids are numbered anew."""
    image, _, ids = picture
    cut = ids[row : row + SIZE, column : column + SIZE]
    return image[0, row : row + SIZE, column : column + SIZE], cut.unique(return_inverse=True)[1].reshape(cut.shape)


if __name__ == "__main__":
    main()
