"""How long a reader waits for Python in the page, in Chromium and Firefox, and what it takes of the machine."""

import json
import os
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
sys.path += [str(ROOT / "tools"), str(ROOT / "tests/browser")]

import chromium  # noqa: E402 (lives in tools/)
import firefox  # noqa: E402 (lives in tests/browser/, as what follows)
from reader import HTML, PAGES, served  # noqa: E402

from segbook.exercises import get  # noqa: E402
from segbook.exercises.source import definition  # noqa: E402

TITLE = "Python in the page"
NOTE = (
    "From the first click on an exercise to its feedback: cold, in a browser that was never there; warm, on the next "
    "page of exercises, with Run pressed at once. There Python starts when the exercise is opened, so whoever writes "
    "for that long does not wait at all. Then the same answer again and again, the median of 20. Memory is what all "
    "processes of the browser hold after the first check more than before it. The load is that of the machine in the "
    "minute before, which has two cores: above 2, others were at work, and the times are too long."
)
SOLVE = """async (id, source) => {
    const until = async (found) => {
        for (;;) {
            const value = found();
            if (value) return value;
            await new Promise((go) => setTimeout(go, 2));
        }
    };
    localStorage.setItem(`segbook-answer-${id}`, source);
    const start = performance.now();
    document.querySelector(`[aria-label="Solve it here: exercise ${id}"]`)?.click();
    const box = await until(() => document.querySelector(`[aria-label="Exercise ${id} in the page"]`));
    const status = box.querySelector("[role=status]");
    status.textContent = "";
    box.querySelector(".run").click();
    await until(() => status.textContent === "Checked.");
    return performance.now() - start;
}"""
Goto, Evaluate = Callable[[str], Any], Callable[..., Any]


def measure() -> list[dict]:
    """Open the page in each browser, over http and from the disk."""
    rows = []
    for opened in (_chromium, _firefox):
        for scheme in ("http", "file"):
            with opened() as (name, goto, evaluate), served() as address:
                rows.append(_row(name, scheme, address if scheme == "http" else f"{HTML.as_uri()}/", goto, evaluate))
    return rows


def _row(name: str, scheme: str, site: str, goto: Goto, evaluate: Evaluate) -> dict:
    files = json.loads((ROOT / "_build/page_python/files.json").read_text("utf-8"))
    size = sum(files[one]["size"] for one in ("editor", "exercises", "python"))
    load = os.getloadavg()[0]
    goto(site + PAGES[6])
    before = _memory()
    cold = evaluate(SOLVE, "6.3", definition(get("6.3").solution))
    held = _memory() - before
    checks = [evaluate(SOLVE, "6.3", "") for _ in range(20)]
    goto(site + PAGES[5])
    warm = evaluate(SOLVE, "5.1", definition(get("5.1").solution))
    return {
        "browser": name,
        "from": {"http": "a server here", "file": "the disk"}[scheme],
        "loaded": f"{size / 1e6:.1f} MB",
        "cold": f"{cold / 1000:.1f} s",
        "warm": f"{warm / 1000:.1f} s",
        "a check": f"{statistics.median(checks):.0f} ms",
        "memory": f"{held / 1e6:.0f} MB",
        "load": f"{load:.1f}",
    }


@contextmanager
def _chromium() -> Iterator[tuple[str, Goto, Evaluate]]:
    if (path := chromium.find()) is None:
        raise SystemExit(chromium.MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=chromium.FLAGS)
        page = browser.new_page()
        call = "([name, values]) => (0, eval)(name)(...values)"
        yield f"Chromium {browser.version}", page.goto, lambda name, *values: page.evaluate(call, [name, values])
        browser.close()


@contextmanager
def _firefox() -> Iterator[tuple[str, Goto, Evaluate]]:
    if (path := firefox.find()) is None:
        raise SystemExit(firefox.MISSING)
    with firefox.started(path) as browser:
        yield f"Firefox {browser.version}", browser.goto, browser.evaluate


def _memory() -> int:
    """Add up the memory in bytes of all processes that this one has started, shared parts by share."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[stat.parent.name] = stat.read_text("utf-8").rpartition(")")[2].split()[1]
        except OSError:
            continue  # ended meanwhile
    ours, found = {str(os.getpid())}, True
    while found:
        found = {child for child, parent in parents.items() if parent in ours} - ours
        ours |= found
    total = 0
    for number in ours - {str(os.getpid())}:
        try:
            lines = Path(f"/proc/{number}/smaps_rollup").read_text("utf-8").splitlines()
        except OSError:
            continue
        total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024
    return total


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
