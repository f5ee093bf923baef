"""Where this machine's Chromium is, and how the tests and the benchmarks start it."""

import shutil

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MISSING = "needs Chromium or Chrome: 'apt-get install chromium' (Debian), 'brew install --cask google-chrome' (macOS)"


def find() -> str | None:
    """Return the path of the first browser found, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)
