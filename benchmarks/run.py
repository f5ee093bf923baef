"""Measure what the book claims about speed and size: `make bench`, or one of them: `python benchmarks/run.py matrix`.

Every benchmark is a module here with a `TITLE`, a `NOTE` and a `measure()` that returns rows (dicts with the same
keys); where they are many, `summary(rows)` makes the rows of the table. Times are compared within one run, as ratios;
nothing here passes or fails. Results go to results/*.json, with the machine and the versions they were measured with,
and from all of them, and from what gpu.py measured on a GPU (results/gpu-*.json), the tables in README.md are written;
`python benchmarks/run.py --tables` does only that, and writes EXPERIMENTS.md and what `segbook.plot` draws from what
benchmarks/experiments measured.
"""

import json
import os
import platform
import sys
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import experiment_plots
from experiment_tables import page

HERE = Path(__file__).parent
RESULTS = HERE / "results"
BENCHMARKS = (
    "matrix",
    "dense",
    "weight_map",
    "unet_step",
    "short_numbers",
    "training",
    "bottleneck",
    "bottleneck_where",
    "last_layer",
    "last_layer_squared",
    "one_channel",
    "from_shares",
    "boundary_steps",
    "fcn_trunk",
    "patch_size",
    "coarse_passes",
    "blended",
    "downsampling",
    "downsampling_noiseless",
    "surroundings",
    "seams",
    "book",
    "python_in_page",
    "pages",
    "lighthouse",
    "sliders",
    "grading",
)
INTRODUCTION = """\
# Benchmarks

Written by `make bench` from `results/*.json`. Times were taken on the machine named under each
table; compare the ratios, which were measured in one run, rather than the times. Skips, depth
and weights, over many seeds and with intervals, have [a page of their own](EXPERIMENTS.md); what the chapters conclude
from training has [its record](results/CLAIMS.md).

Other networks on real nuclei, trained and tuned as ours is, are measured by a command of their own, which writes
`results/peers.json`; `--small` is the setting for a CPU and writes `results/peers_small.json`. What is not installed is
left out and named. For the networks of others: `pip install --no-deps -r benchmarks/requirements.txt`,
in an environment of its own.

```
PYTHONPATH=. python3 benchmarks/peers.py --jobs 8 --keep crops --ablations --patches    # on a GPU with 16 cores
```

On one H200 it takes about half an hour, and goes on where it was cut off. AP by the number of training patches, beside
that of DenoiSeg:

![AP at 0.5 by the number of training patches of 128²](results/patches.svg)

On a GPU, one command in the checkout measures all that is said about one. It needs no installation, and writes
`results/gpu-NAME-all.json` with the name of the device. Its three parts can be had alone, too:

```
PYTHONPATH=. python3 benchmarks/gpu.py --all          # under ten minutes: all that follows
PYTHONPATH=. python3 benchmarks/gpu.py                # under four minutes: networks, memory, precision, compilation
PYTHONPATH=. python3 benchmarks/gpu.py --nuclei       # two minutes: the training command with seeds
PYTHONPATH=. python3 benchmarks/gpu.py --notebooks    # under five: every chapter's notebook, executed
```

The first two parts need torch, NumPy, SciPy, scikit-image, jaxtyping, pooch, tifffile and tqdm, notebooks also what the
chapters and their kernel need (the extra `notebooks` of the package). `--quick` takes the same ways with tiny sizes, on
a CPU too, and tests that they are open: its times mean nothing. `--out FILE` writes elsewhere. `python
benchmarks/run.py --tables` then renews the tables below.
"""


def machine() -> dict[str, str]:
    """Describe the machine without naming it."""
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    named = {"torch", "numpy", "scipy", "jupyter-book", "monai", "segmentation_models_pytorch"}
    packages = sorted(name for name in named if find_spec(name.replace("-", "_")))
    return {
        "processor": models[0] if models else platform.processor(),
        "cores": str(os.cpu_count()),
        "system": platform.system(),
        "python": platform.python_version(),
    } | {name: version(name) for name in packages}


def table(result: dict) -> str:
    """Write one result as Markdown."""
    bodies = [_rows(rows) for rows in (result.get("summary", result["rows"]), result.get("differences")) if rows]
    where = ", ".join(f"{key} {value}" for key, value in result["machine"].items())
    return "\n\n".join([f"## {result['title']}", result["note"], *bodies, f"*Measured with: {where}.*\n"])


def _rows(rows: list[dict]) -> str:
    lines = ["| " + " | ".join(rows[0]) + " |", "|" + "---|" * len(rows[0])]
    lines += ["| " + " | ".join(str(value) for value in row.values()) + " |" for row in rows]
    return "\n".join(lines)


def tables(results: Path) -> list[str]:
    """Write all results of a folder as Markdown, those of a GPU last, a table for each part that was measured."""
    read = [results / f"{name}.json" for name in (*BENCHMARKS, "from_first_try", "open_gaps", "peers", "peers_small")]
    stored = [json.loads(file.read_text("utf-8")) for file in read if file.exists()]
    for file in sorted(results.glob("gpu-*.json")):
        record = json.loads(file.read_text("utf-8"))
        device = record["machine"]["device"]
        stored += [
            part | {"machine": record["machine"], "title": f"{part['title']}: {device}"}
            for part in record["parts"].values()
            if "rows" in part
        ]
    return [table(result) for result in stored]


def main(names: list[str]) -> None:
    """Run the named benchmarks, or all, and rewrite the tables; with `--tables`, only rewrite these."""
    RESULTS.mkdir(exist_ok=True)
    for name in [] if names == ["--tables"] else names or BENCHMARKS:
        benchmark = import_module(name)
        print(f"{name}: {benchmark.TITLE}", flush=True)
        result = {
            "title": benchmark.TITLE,
            "note": benchmark.NOTE,
            "machine": machine(),
            "rows": benchmark.measure(),
        }
        if hasattr(benchmark, "summary"):
            result["summary"] = benchmark.summary(result["rows"])
        (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")
        print(table(result), flush=True)
    (HERE / "README.md").write_text("\n".join([INTRODUCTION, *tables(RESULTS)]), "utf-8")
    experiments = json.loads((RESULTS / "experiments.json").read_text("utf-8"))
    (HERE / "EXPERIMENTS.md").write_text(page(experiments), "utf-8")
    training = json.loads((RESULTS / "training.json").read_text("utf-8"))["rows"]
    cut = json.loads((RESULTS / "cut_depth2.json").read_text("utf-8"))
    experiment_plots.DRAWN.write_text(experiment_plots.text(experiments, training, cut), "utf-8")
    curve = import_module("patches_curve")  # which imports this file
    curve.FILE.write_text(curve.picture(json.loads((RESULTS / "peers.json").read_text("utf-8"))), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
