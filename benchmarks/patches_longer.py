"""Do chapter 3's other classifiers need more than 500 steps, too: on plain patches, and for patches of 17 × 17?

The networks are those of patch_size.py, with the same first weights, patches and batches; only the training goes on.
"""

import torch
from patch_size import BATCH, GLOWS, RATE, SEEDS, STEPS, TEST, cut, glows, load, network, on_the_grid, scores, spread
from torch.nn import functional as F

from segbook.train import fit

TITLE = "Other classifiers of patches, trained for longer"
LONGER = 2_000  # steps
RANDOM, PLAIN = GLOWS  # each training patch is made brighter by a random constant, or stays as it is
TRAINED = ((29, PLAIN), (17, RANDOM))
NOTE = (
    f'Networks of chapter 3 ("The size of a patch"), trained for {LONGER:,} steps instead of {STEPS}, and with nothing '
    f"else changed: {len(SEEDS)} seeds each. IoU of the nuclei on the test images, as they are and with glows, as "
    "there; mean ± standard deviation over the seeds."
)


def measure() -> list[dict]:
    """Train both networks with every seed, and score them."""
    torch.set_num_threads(1)
    lessons, (images, labels) = load("train"), load("test")
    bumped, rows = images + glows(images, TEST), []
    for seed in SEEDS:
        for size, kind in TRAINED:
            pairs = cut(*lessons, size, GLOWS[kind], seed)
            torch.manual_seed(seed)
            model = network(size)
            optimizer, taking = torch.optim.Adam(model.parameters(), lr=RATE), {"steps": LONGER, "batch_size": BATCH}
            fit(model, pairs, F.cross_entropy, optimizer, **taking, device="cpu", seed=seed)
            row = {"P": size, "patches": kind, "seed": seed}
            row |= scores(on_the_grid(model, images), on_the_grid(model, bumped), labels, every=1)
            rows.append(row)
            print(rows[-1], flush=True)
    return rows


def summary(rows: list[dict]) -> list[dict]:
    """Write a row for each network, over all seeds."""
    scored = [name for name in rows[0] if name not in ("P", "patches", "seed")]
    return [
        {"P": size, "patches": kind}
        | {name: spread([row[name] for row in rows if (row["P"], row["patches"]) == (size, kind)]) for name in scored}
        for size, kind in TRAINED
    ]
