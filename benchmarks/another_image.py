"""Train U-Nets with the skips of another image once more, on the CPU: `python another_image.py`.

For chapter 8. The experiments (`benchmarks/experiments`) trained four on a GPU, and saw no gain over networks without
skips. Here U-Nets of depth 3, networks without skips and with the skips of another image are trained in the same way
(plain loss, each at its learning rate, 1,000 steps), four of each from the same seeds.

`results/another_image.json` has the boundary F of each near another cell and away from others, on the 200 test scenes,
and the differences from the network without skips of the same seed, with their mean.
"""

import argparse
import json
import sys
from pathlib import Path

import torch
from run import machine
from torch import Tensor

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "benchmarks" / "experiments"))
import scenes  # noqa: E402
import score  # noqa: E402
import train  # noqa: E402

STEPS, SEEDS, LEARN, TEST = 1000, range(4), 96, 200
NONE, OWN, ANOTHER = "no skips", "own skips", "skips of another image"
NETS = {
    NONE: ({"kind": "unet", "skips": "none"}, 4e-3),  # and its learning rate, as the experiments chose it
    OWN: ({"kind": "unet"}, 2e-3),
    ANOTHER: ({"kind": "unet", "shuffled": True}, 2e-3),
}


def main() -> None:
    """Train the networks, score them, write the file."""
    argparse.ArgumentParser(description=__doc__.partition("\n")[0]).parse_args()
    torch.set_num_threads(1)
    unseen, instances = drawn(scenes.FIRST["test"], TEST)
    truth = score.Truth.of(instances)
    scores = {name: [] for name in NETS}
    for seed in SEEDS:
        images, instances = drawn(1000 * (seed + 1), LEARN)
        target = scenes.carve(instances) > 0
        for name, (net, rate) in NETS.items():
            training = train.Training(
                net, images, target.byte(), torch.ones(images.shape),
                rate=rate, seed=seed, steps=STEPS, device=torch.device("cpu"),
            )  # fmt: skip
            for _ in range(STEPS):
                training.step()
            training.model.eval()
            cells = training.probabilities(unseen)[:, 1].numpy() > 0.5
            counts = score.count(score.components(cells), truth).sum(0)
            near, away = (float(score.outline_f(counts, zone)) for zone in ("between", "outer"))
            scores[name].append({"seed": seed, "near": near, "away": away})
            print(name, scores[name][-1], flush=True)
    text = {"steps": STEPS, "machine": machine(), "scores": scores, "gains": gains(scores)}
    (ROOT / "benchmarks" / "results" / "another_image.json").write_text(json.dumps(text, indent=1) + "\n", "utf-8")


def gains(scores: dict[str, list[dict]]) -> dict[str, list[float]]:
    """Subtract the boundary F near another cell of the network without skips, seed by seed; the mean comes last."""
    found = {}
    for name in (OWN, ANOTHER):
        each = [with_it["near"] - without["near"] for with_it, without in zip(scores[name], scores[NONE], strict=True)]
        found[name] = [*each, sum(each) / len(each)]
    return found


def drawn(first: int, count: int) -> tuple[Tensor, Tensor]:
    """Draw the images of some scenes, and the ids of their cells."""
    some = [scenes.draw("cells", seed) for seed in range(first, first + count)]
    return torch.stack([(one.image * 255).round().byte() for one in some]), torch.stack([one.instances for one in some])


if __name__ == "__main__":
    main()
