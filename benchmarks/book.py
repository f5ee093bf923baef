"""How long a reader and an author wait: importing, executing, building, opening the page."""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "tools"))

import chromium  # noqa: E402 (lives in tools/)

HTML = ROOT / "_build/html"
CHAPTER = "book/06_transposed_convolution"
TITLE = "The book"
NOTE = (
    "A page is ready when its last live figure is drawn; it is opened from the disk in a fresh headless Chromium, with "
    "every request beyond the page's own files blocked and counted. Medians."
)


def measure() -> list[dict]:
    """Time what a person waits for, in seconds."""
    ready, beyond = _page()
    return [
        {"what": "`import segbook`", "takes": f"{_import():.3f} s"},
        {"what": "executing chapter 6 (two cores, no GPU)", "takes": f"{_execution():.1f} s"},
        {"what": "building all pages from nothing", "takes": f"{_build():.1f} s"},
        {"what": "`make book` when nothing changed", "takes": f"{_unchanged():.2f} s"},
        {"what": "chapter 6 with its three figures ready", "takes": f"{ready:.2f} s"},
        {"what": "requests beyond the page's own files", "takes": str(beyond)},
    ]


def _timed(*command: str, **options) -> float:
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, **options)
    return time.perf_counter() - start


def _import() -> float:
    empty = [_timed(sys.executable, "-c", "pass") for _ in range(7)]
    full = [_timed(sys.executable, "-c", "import segbook") for _ in range(7)]
    return max(statistics.median(full) - statistics.median(empty), 0)


def _execution() -> float:
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(ROOT / f"{CHAPTER}.ipynb", folder)
        return _timed(sys.executable, "-m", "jupyter", "execute", "--inplace", copy)


def _build() -> float:
    jupyter_book = str(Path(sys.executable).with_name("jupyter-book"))
    with tempfile.TemporaryDirectory() as folder:
        return _timed(jupyter_book, "build", "--all", "-W", "--keep-going", "-n", "--path-output", folder, ".")


def _unchanged() -> float:
    _timed("make", "book")
    return statistics.median(_timed("make", "book") for _ in range(3))


def _page() -> tuple[float, int]:
    """Open the chapter five times; return the median time and the number of requests that left the disk."""
    times, beyond = [], []
    with sync_playwright() as playwright:
        if (path := chromium.find()) is None:
            raise SystemExit(chromium.MISSING)
        for _ in range(5):
            browser = playwright.chromium.launch(executable_path=path, args=chromium.FLAGS)
            page = browser.new_page()
            page.route(
                lambda url: not url.startswith(("file:", "blob:", "data:")),
                lambda route: (beyond.append(route.request.url), route.abort()),
            )
            start = time.perf_counter()
            page.goto((HTML / f"{CHAPTER}.html").as_uri(), wait_until="commit")
            page.wait_for_function("window.mountLiveFigures?.(document).then(() => true)")  # all, near or not
            page.wait_for_function("document.querySelectorAll('.live-figure svg').length >= 7")
            times.append(time.perf_counter() - start)
            browser.close()
    return statistics.median(times), len(beyond)
