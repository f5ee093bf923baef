"""Is it the learning rate that holds depth 4 back without skips? `python benchmarks/depth4_rates.py`.

Networks, scenes and budget are chapter 8's. `results/depth4_rates.json` has the scores of ten networks without skips
and ten U-Nets at each of three rates.
"""

import json
import sys

import torch
from run import RESULTS, machine
from shifted_skip import BATCH, STEPS, WIDTH, scenes
from torch.nn import functional as F

from segbook import metrics
from segbook.models import UNet
from segbook.train import fit

RATES, SEEDS, KINDS = (1e-3, 2e-3, 4e-3), range(10), ("none", "concat")
NOTE = (
    f"Chapter 8's networks of depth 4 and width {WIDTH}, without skips and with U-Net's, trained for {STEPS} steps of "
    f"{BATCH} scenes with Adam at three learning rates, {len(SEEDS)} seeds (weights and batches): IoU, and boundary F "
    "at a distance of 1 pixel, on the chapter's 12 test scenes. Written by benchmarks/depth4_rates.py."
)


def main() -> None:
    """Train at every rate with every seed, and write the scores."""
    torch.set_num_threads(1)
    rows = []
    for rate in RATES:
        for skips in KINDS:
            for seed in SEEDS:
                rows.append({"rate": rate, "skips": skips, "seed": seed} | scores(rate, skips, seed))
                print(rows[-1], file=sys.stderr, flush=True)
    record = {"note": NOTE, "machine": machine(), "rows": rows}
    text = json.dumps(record, indent=1, ensure_ascii=False)
    (RESULTS / "depth4_rates.json").write_text(text + "\n", "utf-8")


def scores(rate: float, skips: str, seed: int) -> dict[str, float]:
    """Train one network as the chapter does, and score it on other scenes."""
    (images, labels), (test_images, test_labels) = scenes(48, seed=0), scenes(12, seed=5000)
    chosen = torch.randint(len(images), (STEPS, BATCH), generator=torch.Generator().manual_seed(seed))
    torch.manual_seed(seed)
    net = UNet(1, 2, width=WIDTH, depth=4, padding=True, skips=skips)
    batches, adam = [(images[some], labels[some]) for some in chosen], torch.optim.Adam(net.parameters(), lr=rate)
    fit(net, batches, F.cross_entropy, adam, steps=STEPS)
    with torch.no_grad():
        preds = net.eval()(test_images).argmax(1)
    counts = metrics.boundary_counts(preds, test_labels, num_classes=2, tolerance=1.0)
    overlap = metrics.confusion_matrix(preds, test_labels, num_classes=2)
    return {
        "IoU": round(metrics.iou(overlap)[1].item(), 4),
        "boundary F": round(metrics.boundary_f_score(counts)[1].item(), 4),
    }


if __name__ == "__main__":
    main()
