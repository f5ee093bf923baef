"""Run `make test` and what is slow and seldom fails, one part after the other, and keep the result: `make test-all`.

Each part is a command of the Makefile. What came of it, and of which commit on what processor, is written to
benchmarks/results/test-all.json as soon as it is known; parts that are not run keep their last result.
"""

import argparse
import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "benchmarks"))

import claims  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results" / "test-all.json"
PARTS = {
    "test": "every test, a sample of the slow ones; the notebooks",
    "slow": "the slow tests that the sample leaves out",
    "epubcheck": "the edition for reading devices, held to its standard",
    "grid": "the chapters that train, under every instruction set and number of threads",
}


def commit() -> str:
    """Name the commit, and say so if the files differ from it."""

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()

    return git("rev-parse", "--short=10", "HEAD") + (" with changes" if git("status", "--porcelain") else "")


def run(part: str) -> dict[str, str | float]:
    """Run a part; say what came of it."""
    about = {"date": datetime.now(UTC).date().isoformat(), "commit": commit(), "processor": claims.processor()}
    began = time.monotonic()
    failed = subprocess.run(["make", part], cwd=ROOT, check=False).returncode
    return {
        "what": PARTS[part],
        "result": "failed" if failed else "passed",
        "seconds": round(time.monotonic() - began),
        **about,
    }


def main() -> None:
    """Run the parts, write each result, and fail if one did."""
    parser = argparse.ArgumentParser(description="Run what is slow and seldom fails, and keep the result.")
    parser.add_argument("only", nargs="*", help=f"of {', '.join(PARTS)}; all, if left out")
    parts = parser.parse_args().only or list(PARTS)
    if unknown := sorted(set(parts) - set(PARTS)):
        parser.error(f"no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    failed = []
    for part in parts:
        record = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
        record[part] = run(part)
        ordered = {name: record[name] for name in PARTS if name in record}
        RESULTS.write_text(json.dumps(ordered, indent=1, ensure_ascii=False) + "\n", "utf-8")
        print(f"{part}: {record[part]['result']} in {record[part]['seconds']} s")
        failed += [part] if record[part]["result"] == "failed" else []
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
