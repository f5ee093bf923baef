"""The live figures in JupyterLab 4 and Notebook 7: they draw, and state travels to the kernel and back."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest
from nbformat import v4
from playwright.sync_api import expect

CELLS = [
    "from segbook.widgets import Checkerboard, ConvTranspose1D, OutputSize\n\nfigure = ConvTranspose1D()\nfigure",
    "OutputSize()",
    "Checkerboard()",
    "print(figure.stride, figure.output())",
    "figure.stride = 4",
]
PRINT, ASSIGN = 3, 4
# A page starts a kernel that imports torch: seconds on an idle laptop, more on a busy one.
PATIENCE = 60_000


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory):
    """The address and the folder of one server, with JupyterLab and Notebook in it and nothing of the user's."""
    home, folder = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("notebooks")
    quiet = home / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    quiet.parent.mkdir(parents=True)
    quiet.write_text(json.dumps({"checkForUpdates": False, "fetchNews": "false"}))
    places = {f"JUPYTER_{kind}_DIR": str(home / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}
    places |= {
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
    }
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"]
    options += ["--IdentityProvider.token=", f"--ServerApp.root_dir={folder}"]
    log = home / "server.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            env=os.environ | places,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as server,
    ):
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(f"{address}/api/status", server, log)
            yield address, folder
        finally:
            server.terminate()  # the server stops its kernels; those of a killed one see that it is gone and stop
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()


def wait_for(address, server, log):
    """Wait until the server answers; fail with its log if it stops or stays silent."""
    deadline = time.monotonic() + 60
    while server.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5):
            return
        time.sleep(0.1)
    pytest.fail(f"no Jupyter server:\n{log.read_text()}")


def run(page, index):
    """Run one cell as a reader does, clicking into it; once more if the page was not listening yet."""
    prompt = page.locator(".jp-CodeCell .jp-InputPrompt").nth(index)
    for _ in range(8):
        page.locator(".jp-CodeCell .jp-InputArea-editor").nth(index).click()
        page.keyboard.press("Control+Enter")
        with contextlib.suppress(AssertionError):
            expect(prompt).not_to_have_text("[ ]:", timeout=PATIENCE / 8)
            return
    pytest.fail(f"cell {index} does not run: its prompt still says {prompt.text_content()!r}")


@pytest.mark.parametrize("view", ["lab/tree", pytest.param("notebooks", marks=pytest.mark.slow)])
def test_figures_draw_and_share_their_state_with_the_kernel(jupyter, chromium, view):
    address, folder = jupyter
    name = f"{view.replace('/', '-')}.ipynb"
    kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [v4.new_code_cell(source) for source in CELLS]
    nbformat.write(v4.new_notebook(cells=cells, metadata={"kernelspec": kernelspec}), folder / name)

    with chromium.new_page(viewport={"width": 1280, "height": 2600}) as page:  # tall: no cell waits to be scrolled to
        page.set_default_timeout(PATIENCE)
        errors = []
        page.on("pageerror", lambda error: errors.append(f"{error}\n{error.stack}"))
        page.on("console", lambda said: errors.append(f"{said.text} {said.location}") if said.type == "error" else None)
        page.goto(f"{address}/{view}/{name}")
        outputs = page.locator(".jp-CodeCell .jp-Cell-outputWrapper")

        for index in range(3):
            run(page, index)
        for index in range(3):
            outputs.nth(index).locator(".segbook svg").first.wait_for()

        figure = outputs.first.locator(".segbook")
        stride = figure.locator("[data-trait=stride]")
        figure.locator("summary").click()
        expect(stride).to_have_value("2")
        stride.press("ArrowRight")  # a command on cells, unless the figure claims the key for itself
        expect(stride).to_have_value("3")
        run(page, PRINT)
        expect(outputs.nth(PRINT)).to_have_text("3 [1.0, 2.0, 3.0, 10.0, 20.0, 30.0]\n", timeout=PATIENCE)

        run(page, ASSIGN)
        expect(stride).to_have_value("4", timeout=PATIENCE)
        # A figure's module is a blob that the widget manager calls; Notebook 7 adds errors of its own.
        assert not [error for error in errors if "blob:" in error or "widgets" in error]
