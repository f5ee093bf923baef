"""Read the shards, and give every score the interval that other scenes and other seeds would leave it in."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import score
from jaxtyping import Float, Int

ROUNDS = 1000  # of the bootstrap
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


def counts_of(shards: Iterable[dict], row: str, mark: int, reading: str) -> Int[np.ndarray, "seeds scenes fields"]:
    """Pick the counts of a row after so many steps, a layer for every seed.

    Raises:
        KeyError: If no shard has them.
    """
    found = [shard["marks"][str(mark)]["scenes"][reading] for shard in shards if shard["row"]["name"] == row]
    if not found:
        raise KeyError(f"no shard of the row {row!r} after {mark} steps")
    return np.array(found)


def interval(counts: Int[np.ndarray, "seeds scenes fields"], of: Score, *, seed: int = 0) -> tuple[float, float, float]:
    """Give the mean over the seeds of a pooled score, and the middle 95 % of what other draws would give.

    Scenes and seeds are both drawn again, with replacement; the scenes are the same for all seeds.
    """
    return _middle(of(counts.sum(axis=1)).mean(), _drawn(counts, of, seed))


def difference(
    counts: Int[np.ndarray, "seeds scenes fields"],
    other: Int[np.ndarray, "seeds scenes fields"],
    of: Score,
    *,
    seed: int = 0,
) -> tuple[float, float, float]:
    """Give how much more the first scores than the other, paired by seed and scene, with its interval.

    Raises:
        ValueError: If seeds or scenes differ in number.
    """
    if counts.shape != other.shape:
        raise ValueError(f"pairs need as many seeds and scenes: got {counts.shape[:2]} and {other.shape[:2]}")
    mean = of(counts.sum(axis=1)).mean() - of(other.sum(axis=1)).mean()
    return _middle(mean, _drawn(counts, of, seed) - _drawn(other, of, seed))


def _drawn(counts: np.ndarray, of: Score, seed: int) -> Float[np.ndarray, " rounds"]:
    seeds, scenes, _ = counts.shape
    rng = np.random.default_rng(seed)
    times = rng.multinomial(scenes, np.full(scenes, 1 / scenes), ROUNDS)
    chosen = rng.integers(seeds, size=(ROUNDS, seeds))
    scored = of(np.einsum("rn,snf->rsf", times, counts, optimize=True))
    return np.take_along_axis(scored, chosen, axis=1).mean(axis=1)


def _middle(mean: float, drawn: np.ndarray) -> tuple[float, float, float]:
    low, high = np.nanpercentile(drawn, (2.5, 97.5))
    return float(mean), float(low), float(high)


def _share(counts: np.ndarray, of: str) -> np.ndarray:
    return counts[..., score.FIELDS.index(of)] / counts[..., score.FIELDS.index("cells")]
