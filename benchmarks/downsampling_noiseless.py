"""Does reading all pixels help because it averages the noise? A control of `downsampling`: drawings without noise."""

import math
import sys

import downsampling
import torch
from downsampling import LAYERS, SEEDS, gather, labelled, scores, trained

TITLE = "The same network behind each down-sampling layer, without noise"
NOTE = (
    "A control for the table above: the same networks, starts, batches and scenes, but no noise of light or camera in "
    "the images, neither in training nor in the test. All else as above."
)
NOISELESS = {"photons": math.inf, "read_noise": 0.0}


def measure() -> list[dict]:
    """Train behind each layer with every seed; a row each."""
    torch.set_num_threads(1)
    lessons, tests = (gather(seeds, **NOISELESS) for seeds in (range(300, 324), range(500, 520)))
    works, rows = {layer: downsampling.work(downsampling.Behind(layer)) for layer in LAYERS}, []
    for seed in SEEDS:
        for layer in LAYERS:
            answer = labelled(trained(layer, seed, *lessons), tests[0])
            row = {"layer": layer, "seed": seed, "thousand multiply–adds": works[layer], **scores(answer, tests[1])}
            print(row, file=sys.stderr, flush=True)
            rows.append(row)
    return rows


def summary(rows: list[dict]) -> list[dict]:
    """Write a row for each layer, over all seeds."""
    return downsampling.summary(rows, LAYERS)
