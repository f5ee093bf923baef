"""Everything the project says about a GPU, measured by one script: `PYTHONPATH=. python3 benchmarks/gpu.py`.

It needs torch, NumPy, SciPy, scikit-image, jaxtyping, pooch, tifffile and tqdm, no installation and no network, and
takes under four minutes on an H100. With `--nuclei` it trains on real nuclei instead, by the command of the package
(gpu_nuclei.py; others' networks have peers.py), with `--notebooks` it executes every chapter's notebook
(gpu_notebooks.py says what that needs), and with `--all` it does all three, in under ten minutes. Results go to
results/gpu-NAME.json with the device's name, after every part, so that a run that is cut off leaves what it had.
Without a GPU, `--quick` takes the same way with tiny sizes; its times mean nothing.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import torch
from gpu_nets import FULL, QUICK
from gpu_notebooks import DEADLINE, execute_chapters
from gpu_nuclei import command
from gpu_parts import agreement, compiled, fit_and_loop, peak, rates, seeds, unet
from run import RESULTS, machine

from segbook.train import pick_precision

ALL_UNTIL = 570  # seconds from the start, after which no further cell begins


def main() -> None:
    """Measure one part after the other, write what is known after each, and fail at the end if a part failed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--nuclei", action="store_true", help="train on real nuclei instead, by the command")
    which.add_argument("--notebooks", action="store_true", help="execute every chapter's notebook instead")
    which.add_argument("--all", action="store_true", help="all of it")
    parser.add_argument(
        "--quick", action="store_true", help="tiny sizes (one notebook), on a CPU too: a test of the way"
    )
    parser.add_argument("--out", type=Path, help="the file to write; results/gpu-NAME.json if left out")
    arguments = parser.parse_args()
    os.environ["TQDM_DISABLE"] = "1"
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    wanted = next((name for name in ("nuclei", "notebooks", "all") if getattr(arguments, name)), "networks")
    if device.type == "cpu" and not (arguments.quick or arguments.notebooks):
        parser.error("torch sees no GPU here; --quick takes the same way with tiny sizes on the CPU")

    described = describe(device)
    name = re.sub(r"[^a-z0-9]+", "-", described["device"].lower()).strip("-")
    out = arguments.out or RESULTS / f"gpu-{name}{'' if wanted == 'networks' else f'-{wanted}'}.json"
    record = {
        "machine": described,
        "command": " ".join(
            ["benchmarks/gpu.py", *(Path(word).name if "/" in word else word for word in sys.argv[1:])]
        ),
        "pick_precision": pick_precision(device),
        "parts": {},
    }
    print(json.dumps(record, indent=1), flush=True)
    began = time.perf_counter()
    for part, measure in parts(device, arguments.quick, wanted, record, began).items():
        start = time.perf_counter()
        try:
            result = measure()
        except Exception as error:  # one part that fails must not take the others with it
            traceback.print_exc()
            result = {"failed": f"{type(error).__name__}: {error}"}
        now = time.perf_counter()
        record["parts"][part] = result | {"seconds": round(now - start, 1)}
        record["seconds"] = round(now - began, 1)
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")
        print(f"{part}: {now - start:.1f} s, {now - began:.1f} s in all", flush=True)
    failed = [part for part, result in record["parts"].items() if "failed" in result]
    print(f"written: {out}")
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}; the messages are in {out}")


def parts(device: torch.device, quick: bool, wanted: str, record: dict, began: float) -> dict[str, Callable]:
    """Name what is measured, in order; what may be left out for want of time comes last."""
    sizes = QUICK if quick else FULL
    everything = wanted == "all"

    def ceiling() -> float:
        return peak(record["parts"]["rates"])

    networks = {
        "rates": lambda: rates(device, sizes),
        "agreement": lambda: agreement(device, sizes),
        "fit": lambda: fit_and_loop(device, sizes),
        "seeds": lambda: seeds(device, sizes),
        "unet": lambda: unet(device, sizes, ceiling()),
        "compile": lambda: compiled(device, sizes, ceiling(), began),
    }
    nuclei = {"command": lambda: command(device, quick=quick)}

    def left() -> float:
        return min(DEADLINE, ALL_UNTIL - (time.perf_counter() - began)) if everything else DEADLINE

    notebooks = {"notebooks": lambda: execute_chapters(quick=quick, seconds=left())}
    named = {"networks": networks, "nuclei": nuclei, "notebooks": notebooks}
    return {**networks, **nuclei, **notebooks} if everything else named[wanted]


def describe(device: torch.device) -> dict[str, str]:
    """Say what the numbers were measured with; the device's name comes first."""
    if device.type == "cpu":
        return {"device": "CPU", **machine()}
    properties = torch.cuda.get_device_properties(device)
    return {
        "device": properties.name,
        "device memory": f"{properties.total_memory / 2**30:.1f} GiB",
        "multiprocessors": str(properties.multi_processor_count),
        "compute capability": f"{properties.major}.{properties.minor}",
        "driver and limits": _driver(),
        "CUDA": str(torch.version.cuda),
        "cuDNN": str(torch.backends.cudnn.version()),
        **machine(),
    }


def _driver() -> str:
    """Ask for the driver, the highest clock and the power limit."""
    fields = "driver_version,clocks.max.sm,power.limit"
    try:
        command = ["nvidia-smi", f"--query-gpu={fields}", "--format=csv,noheader", "--id=0"]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout.strip()
    except (OSError, subprocess.SubprocessError) as error:
        return f"nvidia-smi says nothing: {type(error).__name__}"


if __name__ == "__main__":
    main()
