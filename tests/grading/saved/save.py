"""Save the notebooks in this folder anew: `python -m saved.save [NAME …]` in tests/grading.

JupyterLab and Notebook are this Python's. SEGBOOK_OLD_JUPYTER names a Python with segbook and `notebook<7`, and
SEGBOOK_NOTEBOOK_TOOLS one with `papermill nbstripout black[jupyter] pypandoc_binary`. What
is missing is left out, and a line says so.
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
from ordinary import SIZE, STAMPS, WRONG

HERE = Path(__file__).parent
OLD = os.environ.get("SEGBOOK_OLD_JUPYTER", "")  # a Python with jupyterlab<4 and notebook<7
SERVERS = {
    "lab": (sys.executable, "jupyterlab", "lab/tree"),
    "notebook7": (sys.executable, "notebook", "notebooks"),
    "classic": (OLD, "notebook", "notebooks"),
}
CHECKS = {"6.2": 'check("6.2", conv_transpose1d)', "6.3": 'check("6.3", conv_transpose_output_size)'}
ANSWERS = {"6.2": f"{STAMPS}\n\n{CHECKS['6.2']}", "6.3": f"{SIZE}\n\n{CHECKS['6.3']}"}
FIRST = "import numpy as np\n\nfrom segbook.exercises import check, hint, solution"
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
Saver = Callable[[Path, Path], None]  # from the notebook that students get, to what is handed in


@contextlib.contextmanager
def serve(python: str, module: str) -> Iterator[tuple[str, Path]]:
    """Run a server with nothing of the user's; give its address and its folder."""
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        options = ["--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}", "--ServerApp.token="]
        options += ["--NotebookApp.token=", f"--notebook-dir={folder}"]
        if python == sys.executable:
            options.append("--expose-app-in-browser")
        places = {f"JUPYTER_{kind}_DIR": f"{home}/{kind.lower()}" for kind in ("CONFIG", "DATA", "RUNTIME")}
        environment = os.environ | places | {"HOME": home, "IPYTHONDIR": f"{home}/ipython"}
        with subprocess.Popen(
            [python, "-m", module, *options], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as server:
            try:
                address = f"http://127.0.0.1:{port}"
                for _ in range(600):
                    with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/api/status", timeout=5):
                        break
                    time.sleep(0.2)
                yield address, Path(folder)
            finally:
                server.terminate()
                server.wait(30)


class Lab:
    """A notebook open in JupyterLab or Notebook 7."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def do(self, *commands: str) -> None:
        """Execute commands of the application, one after another."""
        for command in commands:
            self.page.evaluate("c => window.jupyterapp.commands.execute(c)", command)

    def js(self, code: str) -> Any:
        """Evaluate code in which `panel` is the notebook's panel and `app` the application."""
        head = "const app = window.jupyterapp; const panel = app.shell.currentWidget;"
        return self.page.evaluate(f"async () => {{ {head} {code} }}")

    def select(self, cell: int) -> None:
        """Make a cell the active one."""
        self.js(f"panel.content.activeCellIndex = {cell}; panel.content.deselectAll(); panel.content.mode = 'command'")

    def write(self, cell: int, text: str) -> None:
        """Replace what a cell holds, by the keyboard."""
        self.select(cell)
        self.do("notebook:enter-edit-mode")
        self.page.wait_for_timeout(300)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)
        self.do("notebook:enter-command-mode")

    def run(self) -> None:
        """Run all cells, and wait for them."""
        self.js("await panel.sessionContext.ready; await app.commands.execute('notebook:run-all-cells')")

    def save(self) -> None:
        """Save, and wait for it."""
        self.js("await panel.context.save()")


class Classic:
    """A notebook open in the classic notebook."""

    def __init__(self, page: Any) -> None:
        self.page = page
        page.wait_for_function("() => window.Jupyter && Jupyter.notebook && Jupyter.notebook._fully_loaded")
        page.wait_for_function("() => Jupyter.notebook.kernel && Jupyter.notebook.kernel.is_connected()")

    def js(self, code: str) -> Any:
        """Evaluate code in which `nb` is the notebook."""
        return self.page.evaluate(f"async () => {{ const nb = Jupyter.notebook; {code} }}")

    def write(self, cell: int, text: str) -> None:
        """Replace what a cell holds."""
        self.js(f"nb.select({cell}); nb.get_cell({cell}).set_text({json.dumps(text)})")

    def run(self) -> None:
        """Run all cells, and wait for them."""
        self.js("nb.execute_all_cells()")
        self.page.wait_for_timeout(500)
        self.page.wait_for_function(
            "() => Jupyter.notebook.get_cells().every(c => c.cell_type !== 'code' || !c.get_text().trim() "
            "|| (c.input_prompt_number && c.input_prompt_number !== '*'))"
        )

    def save(self) -> None:
        """Save, and wait for it."""
        self.js("await nb.save_notebook()")


# What students do; cells: 0 title, 1 imports, 2 task, 3 answer to 6.2, 4 task, 5 answer to 6.3
def typed(notebook: Any) -> None:
    notebook.write(3, ANSWERS["6.2"])
    notebook.write(5, ANSWERS["6.3"])
    notebook.run()


def one_not_run(lab: Lab) -> None:
    lab.write(3, ANSWERS["6.2"])
    lab.run()
    lab.write(5, ANSWERS["6.3"])


def cleared(lab: Lab) -> None:
    typed(lab)
    lab.do("notebook:clear-all-cell-outputs")


def raw_answer(lab: Lab) -> None:
    typed(lab)
    lab.select(5)
    lab.do("notebook:change-cell-to-raw")


def wrong_sign(lab: Lab) -> None:
    typed(lab)
    lab.write(5, f"{WRONG}\n\n{CHECKS['6.3']}")
    lab.run()


def undone(lab: Lab) -> None:
    typed(lab)
    lab.select(3)
    lab.do("notebook:cut-cell", "notebook:undo-cell-action", "notebook:copy-cell", "notebook:paste-cell-below")
    lab.do("notebook:delete-cell", "notebook:undo-cell-action", "notebook:redo-cell-action")


def rearranged(lab: Lab) -> None:
    """Split the imports off, merge an answer with its task's neighbour, move a cell up, double another."""
    typed(lab)
    lab.select(1)
    lab.do("notebook:enter-edit-mode")
    lab.page.keyboard.press("Control+Home")
    lab.page.keyboard.press("End")
    lab.do("notebook:split-cell-at-cursor", "notebook:enter-command-mode")
    lab.select(4)
    lab.do("notebook:move-cell-up", "notebook:copy-cell", "notebook:paste-cell-below")
    lab.select(1)
    lab.do("notebook:extend-marked-cells-below", "notebook:merge-cells")


def decorated(lab: Lab) -> None:
    """Paste a picture into a text, tag cells, make slides of them, fold code and outputs."""
    typed(lab)
    lab.js(
        f"""
        const cells = panel.content.model.cells;
        const picture = {{ "image/png": "{PIXEL}" }};
        cells.get(0).attachments.set("pasted.png", picture);
        const shared = cells.get(0).sharedModel;
        shared.setSource(shared.getSource() + "\\n![pasted](attachment:pasted.png)");
        cells.get(3).setMetadata("tags", ["answer", "remove-output"]);
        cells.get(3).setMetadata("slideshow", {{ slide_type: "fragment" }});
        cells.get(1).setMetadata("editable", false);
        """
    )
    lab.do("notebook:hide-all-cell-outputs", "notebook:hide-all-cell-code")


def failing(notebook: Any) -> None:
    """Leave an error's traceback and an interrupted cell between the answers."""
    notebook.write(3, f"{ANSWERS['6.2']}\nconv_transpose1d(1, 2)")
    notebook.write(5, ANSWERS["6.3"])
    with contextlib.suppress(Exception):
        notebook.run()
    notebook.do("notebook:insert-cell-below")
    last = notebook.js("return panel.content.model.cells.length") - 1
    notebook.write(last, "import time\ntime.sleep(600)")
    notebook.js(
        "const run = app.commands.execute('notebook:run-cell'); await new Promise(r => setTimeout(r, 1500));"
        "await panel.sessionContext.session.kernel.interrupt(); await run.catch(() => 0)"
    )


def from_scratch(lab: Lab) -> None:
    """Write into a new notebook of the launcher's."""
    lab.write(0, FIRST)
    for text in (ANSWERS["6.2"], "?np.zeros", "%matplotlib inline\n!ls", ANSWERS["6.3"]):
        lab.do("notebook:insert-cell-below")
        lab.write(lab.js("return panel.content.activeCellIndex"), text)
    lab.run()


def classic_rearranged(notebook: Classic) -> None:
    typed(notebook)
    notebook.js(
        "nb.select(1); nb.get_cell(1).code_mirror.setCursor(1, 0); nb.edit_mode(); nb.split_cell(); nb.command_mode();"
        "nb.select(4); nb.move_cell_up(); nb.copy_cell(); nb.paste_cell_below(); nb.select(1); nb.merge_cell_below()"
    )


def classic_slides(notebook: Classic) -> None:
    typed(notebook)
    notebook.js(
        f"""
        nb.get_cell(3).metadata.slideshow = {{ slide_type: "slide" }};
        nb.get_cell(3).metadata.tags = ["answer"];
        nb.metadata.rise = {{ autolaunch: true }};
        nb.select(5); nb.toggle_output(); nb.scroll_output && nb.toggle_output_scroll();
        nb.insert_cell_at_bottom("markdown");
        const last = nb.get_cell(nb.ncells() - 1);
        last.set_text("![p](attachment:p.png)"); last.attachments = {{ "p.png": {{ "image/png": "{PIXEL}" }} }};
        last.render();
        """
    )


def classic_scratch(notebook: Classic) -> None:
    notebook.write(0, FIRST)
    for place, text in enumerate((ANSWERS["6.2"], "np.zeros?", ANSWERS["6.3"]), start=1):
        notebook.js("nb.insert_cell_at_bottom('code')")
        notebook.write(place, text)
    notebook.run()


IN_A_BROWSER: dict[str, Callable[[Any], None]] = {
    "lab_answers_typed_and_run": typed,
    "lab_cells_split_merged_moved_doubled": rearranged,
    "lab_picture_pasted_cells_tagged_and_folded": decorated,
    "lab_errors_and_an_interrupt": failing,
    "lab_begun_from_scratch": from_scratch,
    "lab_one_answer_not_run": one_not_run,
    "lab_outputs_cleared": cleared,
    "lab_answer_in_a_raw_cell": raw_answer,
    "lab_wrong_sign": wrong_sign,
    "lab_undone_and_redone": undone,
    "notebook7_answers_typed_and_run": typed,
    "notebook7_cells_split_merged_moved_doubled": rearranged,
    "notebook7_picture_pasted_cells_tagged_and_folded": decorated,
    "notebook7_errors_and_an_interrupt": failing,
    "notebook7_begun_from_scratch": from_scratch,
    "classic_answers_typed_and_run": typed,
    "classic_cells_split_merged_moved_doubled": classic_rearranged,
    "classic_slides_tags_and_attachments": classic_slides,
    "classic_begun_from_scratch": classic_scratch,
}


def save_in_browsers(names: list[str], given: Path) -> None:
    """Save what a browser saves."""
    import chromium
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.FLAGS)
        for kind, (python, module, path) in SERVERS.items():
            chosen = [name for name in names if name.startswith(f"{kind}_")]
            if not chosen or not python:
                print(*(f"left out, for there is no {kind}: {name}" for name in chosen), sep="\n")
                continue
            with serve(python, module) as (address, folder):
                for name in chosen:
                    file = folder / f"{name}.ipynb"
                    new = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("")])
                    new.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
                    file.write_text(nbformat.writes(new) if "scratch" in name else given.read_text("utf-8"), "utf-8")
                    page = browser.new_page(viewport={"width": 1200, "height": 4000})
                    page.set_default_timeout(120_000)
                    page.goto(f"{address}/{path}/{file.name}" + ("?reset" if kind == "lab" else ""))
                    try:
                        _use(page, kind, IN_A_BROWSER[name])
                        _keep(file, name)
                    except Exception as error:
                        print(f"failed: {name}: {error}")
                    page.close()
        browser.close()


def _use(page: Any, kind: str, act: Callable[[Any], None]) -> None:
    if kind == "classic":
        notebook: Any = Classic(page)
    else:
        page.wait_for_function(
            "() => { const w = window.jupyterapp?.shell?.currentWidget; return w?.content?.model?.cells?.length "
            "&& w.context?.isReady && w.sessionContext?.session?.kernel }"
        )
        notebook = Lab(page)
        notebook.js("await panel.context.ready; await panel.sessionContext.ready")
    act(notebook)
    notebook.save()
    page.wait_for_timeout(300)


def _keep(file: Path, name: str) -> None:
    data = file.read_bytes()
    assert b"segbook" in data, data[:200]
    (HERE / f"{name}.ipynb").write_bytes(data)
    print(f"saved {name}: {len(data):,} bytes")


def main(wanted: list[str]) -> None:
    """Save the named notebooks, or all."""
    from saved import POINTS
    from saved.programs import WITHOUT_A_WINDOW

    names = [name for name in POINTS if not wanted or any(part in name for part in wanted)]
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder, "week6.ipynb")
        command = [sys.executable, "-m", "segbook.grading.cli", "exercises", "--only", "6.2,6.3", "--notebook", given]
        subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL)
        answered = nbformat.read(given, as_version=4)
        answered.cells[3].source, answered.cells[5].source = ANSWERS["6.2"], ANSWERS["6.3"]
        done = Path(folder, "done.ipynb")
        nbformat.write(answered, done)
        save_in_browsers([name for name in names if name in IN_A_BROWSER], given)
        for name, save in WITHOUT_A_WINDOW.items():
            if name in names:
                out = Path(folder, f"{name}.ipynb")
                try:
                    save(done, out)
                    _keep(out, name)
                except Exception as error:
                    print(f"failed: {name}: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
