"""The built pages as a phone gets them: served compressed, over a slow line, to a slow processor."""

import gzip
import statistics
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit

import chromium
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

HTML = Path(__file__).parents[1] / "_build/html"
SLOW_LINE = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
SLOWER = 4  # times
KINDS = {"Document": "page", "Stylesheet": "styles", "Script": "scripts", "Font": "fonts", "Image": "pictures"}
COMPRESSED = ("text/", "application/javascript", "application/json", "image/svg+xml")
# Notes what a page does from its first moment; a figure is ready when it is drawn and the page is free for a hand.
WATCH = """() => {
    window.seen = { shift: 0, blocked: 0, largest: 0, first: 0, ready: 0 };
    const watch = (type, note) => new PerformanceObserver((list) => list.getEntries().forEach(note)).observe(
        { type, buffered: true });
    watch("paint", (one) => { if (one.name === "first-contentful-paint") seen.first = one.startTime; });
    watch("largest-contentful-paint", (one) => { seen.largest = one.startTime; });
    watch("layout-shift", (one) => { if (!one.hadRecentInput) seen.shift += one.value; });
    watch("longtask", (one) => { seen.blocked += Math.max(one.duration - 50, 0); });
    const wait = new MutationObserver(() => {
        if (!document.querySelector(".live-figure svg")) return;
        wait.disconnect();
        setTimeout(() => { seen.ready = performance.now(); });
    });
    wait.observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ["class"] });
}"""


class Compressed(BaseHTTPRequestHandler):
    """Serves the built pages as a host of static pages does."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer with a file, its text compressed."""
        path = HTML / unquote(urlsplit(self.path).path).lstrip("/")
        if not path.is_file():
            self.send_error(404)
            return
        kind, data = guess_type(path.name)[0] or "application/octet-stream", path.read_bytes()
        squeezed = kind.startswith(COMPRESSED)
        data = _squeezed(path) if squeezed else data
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        if squeezed:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_arguments) -> None:
        """Say nothing."""


class Patient(ThreadingHTTPServer):
    """A server to which a browser that hangs up is nothing to tell of."""

    def handle_error(self, *_request) -> None:
        """Say nothing."""


@cache
def _squeezed(path: Path) -> bytes:
    return gzip.compress(path.read_bytes(), 6)


@contextmanager
def served() -> Iterator[tuple[Browser, str]]:
    """Run a browser and a server of the built pages; hand out both, the server as its address.

    Raises:
        SystemExit: Without Chromium.
    """
    if (program := chromium.find()) is None:
        raise SystemExit(chromium.MISSING)
    server = Patient(("127.0.0.1", 0), Compressed)
    Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=chromium.FLAGS)
        yield browser, f"http://127.0.0.1:{server.server_port}/"
        browser.close()
    server.shutdown()
    server.server_close()


def slowed(page: Page, *, line: bool = True) -> CDPSession:
    """Give a page a processor that is four times slower, and a slow line.

    Args:
        page: A page that has not been opened yet.
        line: Whether the line is slow, too.
    """
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    session.send("Network.enable")
    if line:
        session.send("Network.emulateNetworkConditions", SLOW_LINE)
    return session


def weigh(browser: Browser, address: str) -> dict[str, float]:
    """List the kilobytes that a page takes over the line, by kind, and the number of its requests.

    Args:
        browser: A running Chromium.
        address: The page's.
    """
    with browser.new_page(viewport={"width": 412, "height": 823}) as page:
        session = page.context.new_cdp_session(page)
        kinds: dict[str, str] = {}
        bytes_of: Counter[str] = Counter()
        session.on("Network.responseReceived", lambda one: kinds.update({one["requestId"]: one["type"]}))
        session.on(
            "Network.loadingFinished",
            lambda one: bytes_of.update({kinds.get(one["requestId"], "Other"): int(one["encodedDataLength"])}),
        )
        session.send("Network.enable")
        page.goto(address, wait_until="networkidle")
        page.wait_for_timeout(2500)  # pictures further down come later
    weights = {name: bytes_of[kind] / 1000 for kind, name in KINDS.items()}
    return weights | {"requests": len(kinds)}


def arrive(browser: Browser, address: str) -> dict[str, float]:
    """Open a page on a slow phone; return what was seen when, in milliseconds, and how far things moved.

    Args:
        browser: A running Chromium.
        address: The page's.

    Raises:
        SystemExit: If the first figure does not follow a hand.
    """
    with browser.new_page(viewport={"width": 412, "height": 823}) as page:
        slowed(page)
        page.add_init_script(f"({WATCH})()")
        page.goto(address, wait_until="load")
        page.wait_for_function("seen.ready > 0")
        page.wait_for_timeout(1000)
        seen = page.evaluate("seen")
        slider = page.locator(".live-figure input[type=range]").first
        slider.scroll_into_view_if_needed()
        shows = "(one) => one.closest('.segbook').textContent"
        before, box = slider.evaluate(shows), slider.bounding_box()
        if box is None:
            raise SystemExit(f"{address}: the first figure has no slider to drag")
        height = box["y"] + box["height"] / 2
        page.mouse.move(box["x"] + box["width"] * 0.3, height)
        page.mouse.down()
        shown = set()  # a drag may end where the slider stood
        for share in (0.9, 0.1):
            page.mouse.move(box["x"] + box["width"] * share, height, steps=4)
            page.wait_for_timeout(500)
            shown.add(slider.evaluate(shows))
        page.mouse.up()
        if shown == {before}:
            raise SystemExit(f"{address}: the first figure does not follow a drag")
        return seen


def medians(rows: list[dict[str, float]]) -> dict[str, float]:
    """Take the median of each measure.

    Args:
        rows: Measures of the same thing.
    """
    return {name: statistics.median(row[name] for row in rows) for name in rows[0]}
