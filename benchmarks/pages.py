"""What a page weighs, and how long it takes on a slow phone."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "tools"))  # where chromium is

from served import HTML, arrive, medians, served, weigh

ROUNDS = 5
TITLE = "Pages on a slow phone"
NOTE = (
    "Kilobytes as served, text compressed, by kind; pictures are fetched when the page has all that it needs at first, "
    "and do not count to the sum. Times in a fresh Chromium with 1.6 Mbit/s, 150 ms to the server and a processor four "
    "times slower, the median of five: first and largest contentful paint, the time for which long tasks blocked the "
    "page, how far things moved, and when the first live figure was drawn and free for a hand; then a real drag had to "
    "redraw it."
)


def measure() -> list[dict]:
    """Open the first page and every chapter."""
    names = ["index.html", *sorted(page.relative_to(HTML).as_posix() for page in HTML.glob("book/[0-9]*.html"))]
    rows = []
    with served() as (browser, base):
        for name in names:
            weight = weigh(browser, base + name)
            seen = medians([arrive(browser, base + name) for _ in range(ROUNDS)])
            parts = {kind: f"{weight[kind]:.0f}" for kind in ("page", "styles", "scripts", "fonts", "pictures")}
            rows.append(
                {"page": name.removesuffix(".html").removeprefix("book/")}
                | {f"{kind} kB" if kind != "page" else "HTML kB": size for kind, size in parts.items()}
                | {
                    "sum kB": f"{sum(weight[kind] for kind in ('page', 'styles', 'scripts', 'fonts')):.0f}",
                    "requests": str(weight["requests"]),
                    "first paint": f"{seen['first'] / 1000:.2f} s",
                    "largest": f"{seen['largest'] / 1000:.2f} s",
                    "blocked": f"{seen['blocked']:.0f} ms",
                    "moved": f"{seen['shift']:.3f}",
                    "figure ready": f"{seen['ready'] / 1000:.2f} s",
                }
            )
    return rows
