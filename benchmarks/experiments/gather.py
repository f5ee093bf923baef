"""Read the shards, and give every score the interval that other scenes and other seeds would leave it in."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import score
from jaxtyping import Float, Int

ROUNDS = 1000  # of the bootstrap
Counts = Int[np.ndarray, "seeds scenes fields"]
Images = Int[np.ndarray, "seeds scenes"]
Score = Callable[[Int[np.ndarray, "*S fields"]], Float[np.ndarray, "*S"]]
SCORES: dict[str, Score] = {
    "IoU": score.area_iou,
    "IoU, carved": lambda counts: score.area_iou(counts, " carved"),
    "outline F": lambda counts: score.outline_f(counts, "outline"),
    "F per cell": lambda counts: score.outline_f(counts, "cell"),
    "F between": lambda counts: score.outline_f(counts, "between"),
    "F outer": lambda counts: score.outline_f(counts, "outer"),
    "AP": score.average_precision,
    "AP at 0.75": lambda counts: score.average_precision(counts, 0.75),
    "merged": lambda counts: _share(counts, "merged"),
    "split": lambda counts: _share(counts, "split"),
}


def read(folder: str | Path) -> list[dict]:
    """Read the shards of finished runs, by row and seed; those of the tuning and the floors are left out."""
    shards = [json.loads(path.read_text("utf-8")) for path in sorted(Path(folder).glob("*_seed*.json"))]
    return sorted((s for s in shards if "row" in s), key=lambda shard: (shard["row"]["name"], shard["seed"]))


def counts_of(shards: Iterable[dict], row: str, mark: int, reading: str) -> Counts:
    """Pick the counts of a row after so many steps, a layer for every seed.

    Raises:
        KeyError: If no shard has them.
    """
    found = [shard["marks"][str(mark)]["scenes"][reading] for shard in shards if shard["row"]["name"] == row]
    if not found:
        raise KeyError(f"no shard of the row {row!r} after {mark} steps")
    return np.array(found)


def interval(counts: Counts, of: Score, *, images: Images | None = None, seed: int = 0) -> tuple[float, float, float]:
    """Give the mean over the seeds of a pooled score, and the middle 95 % of what other draws would give.

    Scenes and seeds are both drawn again, with replacement; the scenes are the same for all seeds, unless `images`
    numbers them.
    """
    return _middle(of(counts.sum(axis=1)).mean(), of(_drawn(counts, images, seed)).mean(axis=1))


def intervals(counts: Counts, *, images: Images | None = None, seed: int = 0) -> dict[str, list[float]]:
    """Give mean, standard deviation over the seeds and both ends of the interval for each of `SCORES`."""
    totals, drawn, made = counts.sum(axis=1), _drawn(counts, images, seed), {}
    for name, of in SCORES.items():
        mean, low, high = _middle(of(totals).mean(), of(drawn).mean(axis=1))
        spread = of(totals).std(ddof=1) if len(totals) > 1 else 0.0
        made[name] = [mean, float(spread), low, high]
    return made


def difference(
    counts: Counts, other: Counts, of: Score, *, images: Images | None = None, seed: int = 0
) -> tuple[float, float, float]:
    """Give how much more the first scores than the other, paired by seed and scene, with its interval.

    Raises:
        ValueError: If seeds or scenes differ in number.
    """
    return differences(counts, other, {"": of}, images=images, seed=seed)[""]


def differences(
    counts: Counts, other: Counts, scores: dict[str, Score], *, images: Images | None = None, seed: int = 0
) -> dict[str, tuple[float, float, float]]:
    """Give `difference` for several scores, from the same draws.

    Raises:
        ValueError: If seeds or scenes differ in number.
    """
    if counts.shape != other.shape:
        raise ValueError(f"pairs need as many seeds and scenes: got {counts.shape[:2]} and {other.shape[:2]}")
    pairs = ((counts.sum(axis=1), other.sum(axis=1)), (_drawn(counts, images, seed), _drawn(other, images, seed)))
    (mine, theirs), (drawn, their_drawn) = pairs
    return {
        name: _middle((of(mine) - of(theirs)).mean(), (of(drawn) - of(their_drawn)).mean(axis=1))
        for name, of in scores.items()
    }


def _drawn(counts: Counts, images: Images | None, seed: int) -> Int[np.ndarray, "rounds seeds fields"]:
    seeds, scenes, _ = counts.shape
    images = np.tile(np.arange(scenes), (seeds, 1)) if images is None else images
    rng, number = np.random.default_rng(seed), images.max() + 1
    times = rng.multinomial(number, np.full(number, 1 / number), ROUNDS)
    chosen = rng.integers(seeds, size=(ROUNDS, seeds))
    totals = np.stack([times[:, shown] @ of_seed for shown, of_seed in zip(images, counts, strict=True)], axis=1)
    return np.take_along_axis(totals, chosen[:, :, None], axis=1)


def _middle(mean: float, drawn: np.ndarray) -> tuple[float, float, float]:
    low, high = np.nanpercentile(drawn, (2.5, 97.5))
    return float(mean), float(low), float(high)


def _share(counts: np.ndarray, of: str) -> np.ndarray:
    return counts[..., score.FIELDS.index(of)] / counts[..., score.FIELDS.index("cells")]
