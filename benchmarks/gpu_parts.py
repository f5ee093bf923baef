"""What gpu.py measures, a function for each part: a title, a note, rows, and a summary where the rows are many."""

import time
from itertools import product

import torch
from gpu_nets import (
    NUMBERS,
    SEED,
    Sizes,
    Way,
    autocast,
    batch,
    book_net,
    digits,
    forget,
    paper_net,
    run,
    step,
    tf32,
    timed,
)
from torch import Tensor
from torch.nn import functional as F

from segbook.data import CellScenes
from segbook.metrics import confusion_matrix, iou
from segbook.shapes import unet_ledger
from segbook.train import fit, pick_precision

COMPILE_UNTIL = 170  # seconds; a compilation that began later could end beyond the four minutes


def rates(device: torch.device, sizes: Sizes) -> dict:
    """Measure the ceilings: large matrix products, and copies."""
    rows, unit, size = [], "TFLOP/s", sizes.matrix
    torch.manual_seed(SEED)
    for numbers in NUMBERS:
        dtype = torch.bfloat16 if numbers == "bfloat16" else torch.float32
        a, b = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(2))
        with tf32(numbers != "float32"):
            timing = timed(lambda a=a, b=b: a @ b, device, sizes)
        rows.append({"what": f"matrix product {size}³, {numbers}", "unit": unit, **_rates(2 * size**3 / 1e12, timing)})
    target = torch.empty(sizes.copied, dtype=torch.uint8, device=device)
    sources = {"copy within the device, read and written": target.clone()}
    if device.type == "cuda":
        host = torch.ones(sizes.copied // 4, dtype=torch.uint8)
        sources |= {"copy from pinned host memory": host.pin_memory(), "copy from host memory": host}
    for what, source in sources.items():
        timing = timed(lambda source=source: target[: len(source)].copy_(source), device, sizes)
        moved = len(source) * (2 if source.device == target.device else 1)
        rows.append({"what": what, "unit": "GB/s", **_rates(moved / 1e9, timing)})
    note = "A multiply–add counts as two operations. Random numbers. The median of the repeats, the least, the most."
    return {"title": "Ceilings of the GPU", "note": note, "rows": rows}


def peak(ceilings: dict) -> float:
    """Read the operations in a second of the bfloat16 matrix product."""
    return 1e12 * next(row["median"] for row in ceilings["rows"] if row["what"].endswith("bfloat16"))


def _rates(amount: float, timing: dict) -> dict:
    times = {"median": "ms", "least": "most ms", "most": "least ms"}
    return {name: digits(amount / timing[ms] * 1e3) for name, ms in times.items()}


def unet(device: torch.device, sizes: Sizes, ceiling: float) -> dict:
    """Run the paper's net forwards and through training steps, in all numbers and both layouts."""
    ways = [Way(*way) for way in product(("forward", "step"), sizes.batches, NUMBERS, (False, True))]
    ways += [Way(*way, tries=True) for way in product(("forward", "step"), sizes.batches, ["bfloat16"], [True])]
    ledger = unet_ledger(sizes.size, **sizes.paper)
    each = sum(row.multiply_adds for row in ledger)
    note = (
        f"{sizes.size}² → {ledger[-1].output_size}², {sum(row.parameters for row in ledger):,} parameters, "
        f"{each / 1e9:.4g} G multiply–adds for an image; the share counts two operations for each, three times over "
        "for a training step, against the bfloat16 matrix product above. Random images, Adam. 'Tries': cuDNN times its "
        "algorithms first. Times are medians, the least and the most in brackets."
    )
    return _ways("The paper's U-Net on a GPU", note, [run(way, device, sizes, ceiling) for way in ways])


def compiled(device: torch.device, sizes: Sizes, ceiling: float, began: float) -> dict:
    """Run the paper's net compiled where torch can, as long as there is time for it."""
    few, many = sizes.batches[0], sizes.batches[-1]
    kinds = (("step", many, "bfloat16"), ("forward", many, "bfloat16"), ("step", few, "bfloat16"))
    rows = []
    for kind in (*kinds, ("forward", few, "bfloat16"), ("step", many, "tf32")):
        way = Way(*kind, channels_last=True, compiled=True)
        late = time.perf_counter() - began > COMPILE_UNTIL
        rows.append({**vars(way), "failed": "no time was left"} if late else run(way, device, sizes, ceiling))
    note = (
        f"As above, channels last, the net compiled with torch.compile ({sizes.backend}); the first call, which "
        "compiles, is not in the times."
    )
    return _ways("The paper's U-Net, compiled, on a GPU", note, rows)


def _ways(title: str, note: str, rows: list[dict]) -> dict:
    """Add the table that people read."""
    summary = []
    for row in rows:
        possible = "failed" not in row
        summary.append(
            {
                "run": row["run"],
                "images": row["images"],
                "numbers": row["numbers"],
                "layout": ("channels last" if row["channels_last"] else "as usual") + ", tries" * row["tries"],
                "ms": f"{row['ms']} ({row['least ms']} … {row['most ms']})"
                if possible
                else f"not run: {row['failed']}",
                "images/s": row.get("images/s", "–"),
                "GiB": row.get("GiB") or "–",
                "share of bf16 peak": f"{row['share of bf16 peak']:.2f}" if possible else "–",
            }
            | ({"compiling": f"{row['first call, s']} s" if possible else "–"} if row["compiled"] else {})
        )
    return {"title": title, "note": note, "rows": rows, "summary": summary}


def fit_and_loop(device: torch.device, sizes: Sizes) -> dict:
    """Train the paper's and the book's net with `fit`, and with the loop that one would write instead."""
    images, chosen = sizes.batches[1], pick_precision(device)
    paper = paper_net, sizes.size, unet_ledger(sizes.size, **sizes.paper)[-1].output_size
    rows = []
    for name, (build, size, output_size) in {
        "the paper's": paper,
        "the book's": (book_net, *[sizes.book_size] * 2),
    }.items():
        for precision in ("float32", "auto"):
            short = precision == "auto" and chosen == "bfloat16"
            way = Way("step", images, "bfloat16" if short else "tf32", short or device.type == "cpu")
            loop = None
            for trained_by, calls in (("a bare loop", 1), ("fit", 10)):
                forget(device)
                net = build(sizes).to(device)
                data = batch(images, size, output_size, device)
                work = step(net, *data, way, sizes.backend)
                if trained_by == "fit":
                    work = _fitting(net, data, precision, calls)
                timing = {
                    key: digits(value / calls) for key, value in timed(work, device, sizes).items() if "ms" in key
                }
                loop = loop or timing["ms"]
                rows.append(
                    {"net": f"{name}, {size}²", "images": images, "trained by": trained_by, "precision": precision}
                    | timing
                    | {"images/s": digits(images / timing["ms"] * 1e3), "times the loop": digits(timing["ms"] / loop)}
                )
    note = (
        "Milliseconds for a step, the batch on the device. The loop computes in the same numbers and layout and never "
        f'reads its loss; fit does, at every step. "auto" is {chosen} here; float32 has TensorFloat-32 '
        f"{'on' if torch.backends.cudnn.allow_tf32 else 'off'} in convolutions, as torch comes."
    )
    return {"title": "`fit` and a bare loop on a GPU", "note": note, "rows": rows}


def _fitting(net: torch.nn.Module, data: tuple[Tensor, Tensor], precision: str, steps: int):
    adam = torch.optim.Adam(net.parameters(), lr=1e-4)
    return lambda: fit(net, [data], F.cross_entropy, adam, steps=steps, precision=precision)


def agreement(device: torch.device, sizes: Sizes) -> dict:
    """Hold the device's scores of the paper's net to those of the CPU."""
    net = paper_net(sizes).eval()
    images, _ = batch(1, sizes.size, 1, torch.device("cpu"))
    kind, scores = "GPU" if device.type == "cuda" else "CPU again", {}
    with torch.no_grad():
        single = net(images)
        double = net.double()(images.double())
        scores["CPU, float32"] = single
        scores[f"{kind}, float64"] = net.to(device)(images.double().to(device))
        net.float()
        for numbers in NUMBERS:
            with tf32(numbers != "float32"), autocast(device, numbers):
                scores[f"{kind}, {numbers}"] = net(images.to(device))
    rows = []
    for what, score in scores.items():
        row = {"scores": what, "size": score.shape[-1]}
        for against, other in (("float64", double), ("float32", single.double())):
            apart = score.cpu().double() - other
            row[f"largest, from the CPU's {against}"] = f"{apart.abs().max() / other.abs().max():.1e}"
            row[f"rms, from the CPU's {against}"] = f"{apart.norm() / other.norm():.1e}"
        rows.append(row)
    note = (
        f"Scores of the paper's net for one image of {sizes.size}², the same weights everywhere. Differences are "
        "relative: the largest to the largest score, the root mean square to that of the scores."
    )
    return {"title": "Scores on a GPU and on the CPU", "note": note, "rows": rows}


def seeds(device: torch.device, sizes: Sizes) -> dict:
    """Train the book's net with three seeds, the first of them twice."""
    size = sizes.book_size
    scenes = {"size": size, "num_cells": 6, "radius": size / 10, "radius_spread": size / 40}
    train, test = (
        [torch.stack(part) for part in zip(*CellScenes(sizes.scenes, seed=seed, **scenes), strict=True)]
        for seed in (0, 5000)
    )
    rows = []
    for precision, seed in product(("float32", "auto"), (0, 1, 2)):
        runs = [_learn(device, sizes, train, precision, seed) for _ in range(1 if seed else 2)]
        net, losses = runs[0]
        with torch.no_grad():
            preds = net(test[0].to(device)).argmax(1).cpu()
        score = iou(confusion_matrix(preds, test[1], num_classes=2))[1].item()
        row = {"precision": precision, "seed": seed, "loss": digits(sum(losses) / len(losses)), "IoU": digits(score)}
        pairs = zip(*(run[0].parameters() for run in runs), strict=True)
        apart = "–" if seed else f"{max((a - b).abs().max().item() for a, b in pairs):.1e}"
        rows.append(row | {"trained again: a weight differs by at most": apart})
    note = (
        f"The book's net, {sizes.steps} steps of 4 of {sizes.scenes} scenes of {size}², Adam with rate 0.002; the loss "
        f"of the last 20 steps, the IoU of the cells in {sizes.scenes} other scenes."
    )
    return {"title": "Seeds on a GPU", "note": note, "rows": rows}


def _learn(device: torch.device, sizes: Sizes, train: list[Tensor], precision: str, seed: int) -> tuple:
    net = book_net(sizes, seed).to(device)
    chosen = torch.randint(sizes.scenes, (sizes.steps, 4), generator=torch.Generator().manual_seed(seed))
    batches = [(train[0][some], train[1][some]) for some in chosen]
    adam = torch.optim.Adam(net.parameters(), lr=2e-3)
    return net, fit(net, batches, F.cross_entropy, adam, epochs=1, precision=precision, seed=seed)["loss"][-20:]
