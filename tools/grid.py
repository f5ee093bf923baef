"""Execute the chapters that train under every instruction set and number of threads: `make grid`.

What one processor computes another one computes a little differently, and training makes a lot of a little. `make test`
runs the notebooks one way; this runs those that train in every way that the machine offers, under the same rules
(tools/ranges.py), and writes what came out, with the processor's name, to benchmarks/results/grid.json. Then it runs
them once more with every learning rate at 0: the ranges must notice that nothing was learned.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "benchmarks"))

import claims  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results" / "grid.json"
PROBE = """
import torch
print("aten:", torch.backends.cpu.get_cpu_capability().lower(), "threads:", torch.get_num_threads())
torch.nn.functional.conv2d(torch.ones(4, 16, 64, 64), torch.ones(16, 16, 3, 3))
"""


def took(instructions: str, threads: int) -> str:
    """Ask torch and oneDNN what they really use, and say so.

    Raises:
        RuntimeError: If one of them uses something else.
    """
    environment = os.environ | claims.environment(instructions, threads) | {"ONEDNN_VERBOSE": "1"}
    call = [sys.executable, "-c", PROBE]
    said = subprocess.run(call, env=environment, capture_output=True, text=True, check=True).stdout
    aten = f"aten: {instructions} threads: {threads}"
    isa = re.search(r"cpu,isa:(.*)", said)
    wanted = {"default": "SSE4", "avx2": r"AVX2\b", "avx512": r"AVX-?512"}.get(instructions, "")
    if aten not in said or not isa or not re.search(wanted, isa[1]):
        raise RuntimeError(f"{instructions} with {threads} threads was asked for; torch and oneDNN say:\n{said[:500]}")
    return isa[1].strip()


def run(chapters: list[Path], instructions: str, threads: int, jobs: int) -> list[str]:
    """Let nbval execute the chapters under one setting; say what failed."""
    environment = os.environ | claims.environment(instructions, threads)
    environment["PYTHONPATH"] = str(ROOT / "tools")
    call = [sys.executable, "-m", "pytest", "-q", "--color=no", "-p", "ranges", "-p", "no:cacheprovider", "--nbval"]
    call += ["--nbval-current-env", "-o", "addopts=", "-n", str(jobs), "--dist", "loadfile"]
    notebooks = [str(path.with_suffix(".ipynb")) for path in chapters]
    done = subprocess.run([*call, *notebooks], env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    failed = re.findall(r"^FAILED (\S+ ?\S* ?\d*)", done.stdout, re.MULTILINE)
    if done.returncode and not failed:
        failed = [done.stdout[-500:] + done.stderr[-500:]]
    if failed:
        print(done.stdout[-6000:])
    return failed


def blind(chapters: list[Path]) -> list[str]:
    """List the chapters whose numbers stay in their ranges although no network learns anything."""
    found = []
    for chapter in chapters:
        call = [sys.executable, str(ROOT / "benchmarks" / "claims.py"), "--once", str(chapter), "--untrained"]
        environment = os.environ | claims.environment(*claims.settings()[0])
        said = subprocess.run(
            call, env=environment, cwd=ROOT / "book", capture_output=True, text=True, check=True
        ).stdout
        outside = json.loads(said.splitlines()[-1])["outside"]
        print(f"{chapter.stem}, untrained: {len(outside)} numbers out of their ranges")
        found += [] if outside else [chapter.stem]
    return found


def main() -> None:
    """Run the grid, write the results, and fail if anything did."""
    parser = argparse.ArgumentParser(
        description="Execute the chapters that train under every setting that this machine offers."
    )
    parser.add_argument("only", nargs="*", help="chapters, such as 09; all that train, if left out")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="chapters at a time")
    given = parser.parse_args()
    import torch

    chapters, offered, results = claims.chapters(given.only), claims.settings(), []
    left_out = sorted(set(claims.INSTRUCTIONS) - {name for name, _ in offered})
    print(f"{claims.processor()}: {len(chapters)} chapters under {len(offered)} settings", end="")
    print(f"; this processor has no {', '.join(left_out)}" if left_out else "")
    for instructions, threads in offered:
        isa = took(instructions, threads)
        failed = run(chapters, instructions, threads, max(1, given.jobs // threads))
        results.append({"instructions": instructions, "onednn": isa, "threads": threads, "failed": failed})
        outcome = f"failed: {', '.join(failed)}" if failed else "passed"
        print(f"{instructions}, {threads} threads (oneDNN: {isa}): {outcome}")
    if not given.only:
        record = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
        about = {"date": date.today().isoformat(), "torch": torch.__version__, "settings": results}
        RESULTS.write_text(
            json.dumps(record | {claims.processor(): about}, indent=1, ensure_ascii=False) + "\n", "utf-8"
        )
    sys.exit(bool(blind(claims.recorded(given.only))) or any(one["failed"] for one in results))


if __name__ == "__main__":
    main()
