"""Does a network that sees a whole patch catch up with one that sees only its middle, if both train four times as long?

Chapter 3 says so in a sentence. These are the networks of surroundings.py, with the same first weights, patches, glows
and batches: the first quarter of each training is the training there.
"""

from collections.abc import Iterable

import torch
from patch_size import BATCH, GLOWS, LESSONS, RATE, SEEDS, STEPS, TEST, cut, glows, iou, load, network, spread
from surroundings import EVERY, SETS, Middle, P, on_the_grid, scores
from torch import nn
from torch.nn import functional as F
from torch.utils.data import TensorDataset

from segbook.train import fit

TITLE = "How much a patch shows of the surroundings, trained for longer"
SEEN = (17, 29)  # pixels on a side that a network sees
LONGER = 2_000  # steps
KIND = next(iter(GLOWS))  # each training patch is made brighter by a random constant
NOTE = (
    f"The networks above that see the middle 17 × 17 pixels and the whole patch of {P} × {P}, trained with a random "
    f"glow for {LONGER:,} steps instead of {STEPS}, and with nothing else changed: {len(SEEDS)} seeds, the same "
    f"{LESSONS * 36:,} patches, {BATCH} in a step. IoU of the nuclei on the training patches after {STEPS} and after "
    f"{LONGER:,} steps, and on the test images after {LONGER:,}, as they are and with glows, as above; mean ± standard "
    "deviation over the seeds."
)


def measure(sizes: Iterable[int] = SEEN) -> list[dict]:
    """Train both networks with every seed, and score them."""
    torch.set_num_threads(1)
    lessons, (images, labels) = load("train"), load("test")
    sets, rows = dict(zip(SETS, (images, images + glows(images, TEST)), strict=True)), []
    for seed in SEEDS:
        patches = cut(*lessons, P, GLOWS[KIND], seed)
        for seen in sizes:
            torch.manual_seed(seed)
            model = nn.Sequential(Middle(seen), network(P))
            row = {"n": seen, "seed": seed} | taught(model, patches, seed)
            answers = {name: on_the_grid(model, test) for name, test in sets.items()}
            found = scores(answers, labels[:, ::EVERY, ::EVERY], every=1)
            rows.append(row | {name: found[name] for name in SETS})
            print(rows[-1], flush=True)
    return rows


def taught(model: nn.Module, lessons: TensorDataset, seed: int) -> dict[str, float]:
    """Train a network, and score it twice on what it is taught."""
    found, (patches, labels) = {}, lessons.tensors

    def score(step: int) -> None:
        if step in (STEPS, LONGER):
            with torch.no_grad():
                answers = torch.cat([model(batch).argmax(dim=1) for batch in patches.split(64)])
            found[f"in training, {step}"] = iou(answers, labels)

    optimizer, taking = torch.optim.Adam(model.parameters(), lr=RATE), {"steps": LONGER, "batch_size": BATCH}
    fit(model, lessons, F.cross_entropy, optimizer, **taking, device="cpu", seed=seed, after_step=score)
    return found


def summary(rows: list[dict]) -> list[dict]:
    """Write a row for each network, over all seeds."""
    scored = [name for name in rows[0] if name not in ("n", "seed")]
    return [
        {"n": seen} | {name: spread([row[name] for row in rows if row["n"] == seen]) for name in scored}
        for seen in SEEN
    ]
