"""Move every live figure in the classic Notebook, whose widgets are Colab's: from the page to Python and back.

Each figure is shown by a notebook of its own, for in a common one none is drawn after the seventh. A preset that is not
in force is pressed in the page, and Python must read its settings; then Python sets those of the first preset, and the
page must show that one pressed. The same for a slider that is moved by its key.
"""

import contextlib
import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import chromium
import nbformat
from colab_room import HOME, PYTHON, Room
from nbformat import v4
from playwright.sync_api import Locator, Page, sync_playwright

from segbook import widgets
from segbook.widgets.base import LiveFigure

END = "(that is all)"  # what an answer ends in: the kernel may say it later than it says that it is done
PATIENCE = 60_000  # milliseconds: a first figure imports segbook on a machine that may be busy


@contextlib.contextmanager
def server(room: Room) -> Iterator[str]:
    """Start the classic Notebook in the room; yield its address.

    Args:
        room: Has the notebook.

    Raises:
        RuntimeError: If it does not answer within two minutes.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--allow-root", "--no-browser", "--ip=127.0.0.1", f"--port={port}", "--NotebookApp.token="]
    command = room.command(PYTHON, "-m", "notebook", *options)
    log = room.folder / "notebook.log"
    with log.open("wb") as said, subprocess.Popen(command, env=room.environment(), stdout=said, stderr=said) as process:
        try:
            address, began = f"http://127.0.0.1:{port}", time.monotonic()
            while process.poll() is None and time.monotonic() < began + 120:
                with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/api", timeout=5):
                    break
                time.sleep(0.3)
            else:
                raise RuntimeError(f"the Notebook does not answer:\n{log.read_text('utf-8')[-2000:]}")
            yield address
        finally:
            process.terminate()


def drive(room: Room, pictures: Path, only: str = "") -> dict[str, dict]:
    """Show and move every figure; return what came of each.

    Args:
        room: Has segbook.
        pictures: A folder; receives what each notebook looks like at the end.
        only: Leave out figures that have not this in their name.
    """
    results: dict[str, dict] = {}
    path = chromium.find()
    if path is None:
        raise RuntimeError(chromium.MISSING)
    with server(room) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=chromium.FLAGS)
        for name in (name for name in widgets.__all__ if only in name):
            write(room.folder / HOME / f"{name}.ipynb", name)
            page = browser.new_page(viewport={"width": 1280, "height": 1400})
            page.set_default_timeout(PATIENCE)
            try:
                opened(page, f"{address}/notebooks/{name}.ipynb")
                results[name] = {"result": "passed", **moved(page, name)}
            except Exception as problem:  # one figure that fails must not hide the others
                results[name] = {"result": "failed", "why": str(problem)[:500]}
            print(f"{name}: {results[name]}", flush=True)
            page.screenshot(path=pictures / f"{name}.png")
            with contextlib.suppress(Exception):  # a kernel that is left over costs memory alone
                page.evaluate("new Promise((done) => IPython.notebook.session.delete(done, done))")
            page.close()
        browser.close()
    return results


def write(path: Path, name: str) -> None:
    """Write a notebook of one cell, which shows a figure.

    Args:
        path: Of the notebook.
        name: The figure's class.
    """
    source = f"from segbook.widgets import {name}\n\nfigure = {name}()\nfigure"
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = v4.new_notebook(cells=[v4.new_code_cell(source)], metadata={"kernelspec": spec})
    nbformat.write(notebook, path)


def opened(page: Page, address: str) -> None:
    """Open a notebook and wait for its kernel and for the part of the page that shows widgets.

    Some seconds after that part is there it asks the kernel for widgets and then draws all cells anew, in the midst of
    what we do. So we ask, too, and are answered later.
    """
    page.goto(address)
    page.wait_for_function("window.IPython?.notebook?.kernel?.is_connected()")
    page.wait_for_function("IPython.notebook.kernel.widget_manager")
    page.evaluate("() => IPython.notebook.kernel.widget_manager._loadFromKernel()")


def moved(page: Page, name: str) -> dict[str, str]:
    """Show one figure, press a preset and move a slider in the page, and set both from Python.

    Args:
        page: The notebook.
        name: Its class.

    Raises:
        ValueError: If page and Python disagree.
    """
    kind = getattr(widgets, name)
    page.evaluate("IPython.notebook.execute_cells([0])")
    figure = page.locator(".cell .segbook")
    figure.locator("svg").first.wait_for()
    figure.scroll_into_view_if_needed()
    return {"preset": pressed(page, figure, kind)} | slid(page, figure, kind)


def pressed(page: Page, figure: Locator, kind: type[LiveFigure]) -> str:
    """Press the last preset in the page, then set the first one's settings from Python."""
    first, *_, last = kind.presets
    buttons = {label: figure.get_by_role("button", name=label, exact=True).first for label in (first, last)}
    traits = list(kind.presets[last])
    buttons[last].click()
    wanted = kind(preset=last)
    settle(lambda: read(page, traits), [plain(getattr(wanted, trait)) for trait in traits])
    for trait, value in kind.presets[first].items():
        ask(page, f"figure.{trait} = {value!r}")
    settle(lambda: buttons[first].get_attribute("aria-pressed"), "true")
    return f"{last}, then {first}"


def slid(page: Page, figure: Locator, kind: type[LiveFigure]) -> dict[str, str]:
    """Move the first declared slider by its key, and set its number back from Python; nothing, if there is none."""
    declared = [name for name, one in kind.class_traits(sync=True).items() if _is_slider(one.metadata.get("control"))]
    for slider in figure.locator("input[type=range][data-trait]:enabled").all():
        trait = slider.get_attribute("data-trait") or ""
        if slider.is_visible() and trait in declared:
            old = float(slider.input_value())
            slider.press("ArrowLeft" if old == float(slider.get_attribute("max") or 0) else "ArrowRight")
            new = float(slider.input_value())
            if new == old:
                raise ValueError(f"the slider of {trait} stays at {old:g}")
            settle(lambda: read(page, [trait]), [new])  # noqa: B023 - called before the loop goes on
            ask(page, f"figure.{trait} = type(figure.{trait})({old})")
            settle(lambda: float(slider.input_value()), old)  # noqa: B023
            return {"slider": f"{trait} {old:g} → {new:g} → {old:g}"}
    return {}


def _is_slider(control: dict | None) -> bool:
    """Tell a declared slider from those that a figure's own script has, which may stand for other numbers."""
    return bool(control) and control.get("kind") == "slider"


def plain(value: object) -> object:
    """Write a setting as JSON does."""
    return json.loads(json.dumps(value, default=list))


def read(page: Page, traits: list[str]) -> list:
    """Read settings of the last figure in Python."""
    code = f"import json; print(json.dumps([getattr(figure, one) for one in {traits!r}], default=list))"
    return json.loads(ask(page, code))


def ask(page: Page, code: str) -> str:
    """Run code in the page's kernel and return what it printed."""
    return page.evaluate(
        """([code, end]) => new Promise((resolve, reject) => {
            let said = "";
            const output = ({ msg_type, content }) => {
              if (msg_type === "error") reject(new Error(`${content.ename}: ${content.evalue}`));
              if (msg_type === "stream") said += content.text;
              if (said.includes(end)) resolve(said.split(end)[0]);
            };
            IPython.notebook.kernel.execute(code, { iopub: { output } }, { silent: false });
        })""",
        [f"{code}\nprint({END!r})", END],
    )


def settle(look: Callable[[], object], wanted: object) -> None:
    """Wait until something reads as wanted.

    Raises:
        ValueError: If it does not within 20 seconds.
    """
    began = time.monotonic()
    while (found := look()) != wanted:
        if time.monotonic() > began + 20:
            raise ValueError(f"{found!r} stands where {wanted!r} is wanted")
        time.sleep(0.1)
