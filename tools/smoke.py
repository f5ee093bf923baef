"""What must work wherever segbook is installed; run by its Python, away from the repository (tools/package.py).

Needs segbook[grade] and, for the grading, bubblewrap.
"""

import csv
import subprocess
import sys
import sysconfig
import tempfile
from importlib.metadata import version
from pathlib import Path


def main() -> None:
    """Try each part; an assertion or an exception says what does not work."""
    import segbook

    home = Path(segbook.__file__).parent
    expected = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else Path(sysconfig.get_path("purelib")).resolve()
    assert home.resolve().is_relative_to(expected), f"segbook comes from {home}, not from {expected}"
    assert segbook.__version__ == version("segbook"), f"{segbook.__version__} says the code, {version('segbook')} pip"
    print(f"segbook {segbook.__version__} from what was installed")
    figure()
    exercise()
    training()
    grading()


def figure() -> None:
    """Show a live figure as Jupyter does: a view, a sentence, and a front end that travels with it."""
    from segbook import widgets

    for name in widgets.__all__:
        shown = getattr(widgets, name)()
        data, _metadata = shown._repr_mimebundle_()
        assert "application/vnd.jupyter.widget-view+json" in data, f"{name} offers only {', '.join(data)}"
        assert data["text/plain"] == shown.alt()
        assert "export" in shown._esm, f"the JavaScript of {name} is missing"
    print(f"{len(widgets.__all__)} live figures can be shown")


def exercise() -> None:
    """Check a right answer and a known mistake."""
    from segbook.exercises import catalogue, check, get

    one = get("6.3")
    assert "4 of 4 points" in str(check("6.3", one.solution)), check("6.3", one.solution)
    mistake = one.misconceptions[0]
    assert mistake.hint in str(check("6.3", mistake.answer)), check("6.3", mistake.answer)
    print(f"{len(catalogue())} exercises; a right answer and a mistake are told apart")


def training() -> None:
    """Train a small U-Net on the sample of real nuclei until its loss has fallen."""
    import torch

    from segbook import data, models, train

    image, labels, _objects = data.nuclei("train")[0]
    images, truth = image[None], labels[None]
    torch.manual_seed(0)
    model = models.UNet(1, 2, width=4, depth=2, padding=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    history = train.fit(model, [(images, truth)], torch.nn.functional.cross_entropy, optimizer, steps=20)
    first, last = history["loss"][0], history["loss"][-1]
    assert last < first, f"20 steps took the loss from {first:.3f} to {last:.3f}"
    print(f"20 steps on real nuclei took the loss from {first:.3f} to {last:.3f}")


def grading() -> None:
    """Grade one notebook with the command."""
    import nbformat

    from segbook.exercises import get
    from segbook.exercises.source import definition

    with tempfile.TemporaryDirectory() as folder:
        (submissions := Path(folder, "in")).mkdir()
        cell = nbformat.v4.new_code_cell(definition(get("6.3").solution))
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), submissions / "ada.ipynb")
        words = [str(submissions), "--out", str(Path(folder, "out")), "--seed", "s", "--only", "6.3", "--jobs", "1"]
        command = [sys.executable, "-c", "from segbook.grading.cli import main; raise SystemExit(main())", "grade"]
        if (script := Path(sysconfig.get_path("scripts"), "segbook")).exists():
            command = [str(script), "grade"]
        done = subprocess.run([*command, *words], capture_output=True, text=True)
        assert done.returncode == 0, f"segbook grade ended with {done.returncode}: {done.stdout}{done.stderr}"
        with Path(folder, "out/details.csv").open(newline="") as file:
            (row,) = csv.DictReader(file)
        assert (row["student"], row["earned"], row["sandboxed"]) == ("ada", "4", "yes"), row
        print("segbook grade gave ada 4 points, in the sandbox")


if __name__ == "__main__":
    main()
