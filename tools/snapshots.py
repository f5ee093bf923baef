"""Take the pictures of live figures that paper, previews and pages without JavaScript show.

Chromium opens a page with nothing on it but a stored figure and the script by which the book mounts it, and draws it as
for print (the end of figure.css). A key of that page stands in the output's metadata: while a figure's settings and
code stay, so does its picture, and no browser starts.
"""

import base64
import hashlib
import io
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import chromium
import nbformat
import numpy as np
import page_pictures
from front_ends import STATE, VIEW, figures
from PIL import Image
from playwright.sync_api import Browser, Locator, ViewportSize, sync_playwright

from segbook.exercises.notebook import write

HOST = Path(__file__).parents[1] / "book/_ext/static/live_figures.js"
PNG = "image/png"
KEY = "snapshot"  # its name in an output's metadata
WIDTH = 720  # pixels of style sheets: about the book's column, and a sheet of paper between its margins
SCALE = 1.5  # stored pixels for each of them, as in all pictures of the book (book/_ext/live_figures.py)
COLOURS = 128


def page(state: Mapping) -> str:
    """Write the page that shows one figure.

    Args:
        state: What a notebook stores of the figure.
    """
    declared = json.loads(state["_declared"])
    names = ["_esm", "_css", "_declared", *(setting["name"] for setting in declared["settings"])]
    model = {"state": {name: state[name] for name in [*names, *declared["constants"]]}}
    data = {STATE: {"state": {"figure": model}}, VIEW: {"model_id": "figure"}}
    scripts = "".join(
        f'<script type="{kind}">{json.dumps(content, sort_keys=True).replace("<", chr(92) + "u003c")}</script>'
        for kind, content in data.items()
    )
    host = HOST.read_text("utf-8")
    return f"<!doctype html><style>body {{ margin: 0 }}</style><div>{scripts}</div><script>{host}</script>"


def key(state: Mapping) -> str:
    """Name what a picture of this figure would show: equal keys, equal pages.

    Args:
        state: What a notebook stores of the figure.
    """
    return hashlib.sha256(page(state).encode()).hexdigest()[:12]


@contextmanager
def shown(browser: Browser, state: Mapping) -> Iterator[Locator]:
    """Open a figure as for print.

    Args:
        browser: A running Chromium.
        state: What a notebook stores of the figure.

    Raises:
        ValueError: If the figure does not draw.
    """
    size = ViewportSize(width=WIDTH, height=WIDTH)
    with browser.new_page(viewport=size, device_scale_factor=SCALE, color_scheme="light") as tab:
        said: list[str] = []
        tab.on("console", lambda message: said.append(message.text))
        tab.emulate_media(media="print")
        tab.set_content(page(state))
        tab.evaluate("liveFigures")
        figure = tab.locator(".live-figure")
        if figure.count() == 0:
            raise ValueError(f"{state['_anywidget_id']} does not draw: {' '.join(said)}")
        yield figure


def take(browser: Browser, state: Mapping) -> bytes:
    """Draw a figure as for print and return a small PNG.

    Args:
        browser: A running Chromium.
        state: What a notebook stores of the figure.

    Raises:
        ValueError: If the figure does not draw.
    """
    with shown(browser, state) as figure:
        raw = figure.screenshot()
    small = io.BytesIO()
    # The method that keeps rare colours, such as thin lines, and the step after it that keeps large areas.
    with Image.open(io.BytesIO(raw)) as opened:
        image = opened.convert("RGB")
    few = image.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE)
    # The ground stays the paper's white: beside much light grey it would become their mean.
    colours, ground = few.getpalette() or [], int(np.asarray(few)[0, 0])
    colours[3 * ground : 3 * ground + 3] = np.asarray(image)[0, 0].tolist()
    few.putpalette(colours)
    few.save(small, "PNG", optimize=True)
    return small.getvalue()


def renew(paths: Iterable[Path], pages: Iterable[Path] = ()) -> str:
    """Take the pictures that are missing or show other settings or code than today's; say how many.

    Args:
        paths: Notebooks, rewritten where a picture is new.
        pages: Pages of Markdown that set figures; what is stored beside them is rewritten where a picture is new.

    Raises:
        ValueError: If a figure does not draw.
    """
    notebooks = {path: nbformat.read(path, as_version=4) for path in paths}
    set_there = {page: page_pictures.shown(page) for page in pages}
    shown = [(path, *figure) for path, notebook in notebooks.items() for figure in figures(notebook)]
    shown += [(page, *figure) for page, named in set_there.items() for figure in named.values()]
    due = [one for one in shown if PNG not in one[1].data or one[1].metadata.get(KEY) != key(one[2])]
    today, start = f"{len(shown) - len(due)} up to date", time.perf_counter()
    if not due:
        return today
    if (program := chromium.find()) is None:
        missing = sum(PNG not in output.data for _, output, _ in due)
        return f"{today}, {len(due) - missing} old, {missing} missing; a new one {chromium.MISSING}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=chromium.FLAGS)
        for _, output, state in due:
            output.data[PNG] = base64.b64encode(take(browser, state)).decode()
            output.metadata[KEY] = key(state)
        browser.close()
    for path in {path for path, _, _ in due}:
        if path in notebooks:
            write(notebooks[path], path)
        else:
            page_pictures.write(path, {name: output for name, (output, _) in set_there[path].items()})
    return f"{today}, {len(due)} taken in {time.perf_counter() - start:.0f} s"
