"""List what the page's Python runs: the exercises, the cells of the chapters, and the modules that both need.

`tools/page_python.py` calls this in a Python of its own, in which only the standard library, NumPy and segbook can be
imported, as in the page. So it finds which cells run there by running them: a cell belongs to them if it prints again
what its chapter has stored, with nothing but what it needs of the cells above it.
"""

import ast
import copy
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from page_figures import BESIDE

ROOT = Path(__file__).parents[1]
ALLOWED = {"numpy", "segbook", "runner", *sys.stdlib_module_names}


class OnlyNumPy:
    """Refuses to import what the page's Python has not."""

    def find_spec(self, name: str, _path=None, _target=None) -> None:
        """Raise for what is refused, and leave all else to the usual finders.

        Raises:
            ModuleNotFoundError: If the page has no such module.
        """
        if name.partition(".")[0] not in ALLOWED:
            raise ModuleNotFoundError(f"the page has no {name}", name=name)


@dataclass(frozen=True)
class Piece:
    """Code of a cell that other cells may need: one import, or the whole cell. `binds` are the names that it binds."""

    source: str
    binds: frozenset[str]


class Names(dict):
    """The names of a cell that runs; one that is missing is looked up in the pieces above, the nearest first.

    Attributes:
        needed: The source of each piece that was asked for, in the order in which they ran.
    """

    def __init__(self, above: list[Piece]) -> None:
        super().__init__(__name__="__main__")
        self.above = above
        self.needed: list[str] = []

    def __missing__(self, name: str):
        at = next((n for n in reversed(range(len(self.above))) if name in self.above[n].binds), None)
        if at is None:
            raise KeyError(name)
        piece, everything = self.above[at], self.above
        self.above = everything[:at]
        exec(compile(piece.source, "<a cell above>", "exec"), self)
        self.above = everything
        self.needed.append(piece.source)
        return self[name]


def pieces(source: str) -> list[Piece]:
    """Split a cell into its imports, a piece for each name, and the whole."""
    tree, found = ast.parse(source), []
    for node in (one for one in tree.body if isinstance(one, ast.Import | ast.ImportFrom)):
        for alias in node.names:
            one = copy.copy(node)
            one.names = [alias]
            name = (alias.asname or alias.name).partition(".")[0]
            found.append(Piece(ast.unparse(one), frozenset({name})))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    names |= {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    return [Piece(source, frozenset(names)), *found]


def stored(outputs: list[dict]) -> str | None:
    """Read what a cell has stored, if it is text and nothing else."""
    text = ""
    for output in outputs:
        data = output.get("data", {"text/plain": output.get("text", "")})
        if set(data) != {"text/plain"} or output.get("name") == "stderr":
            return None
        text += "".join(data["text/plain"]).rstrip("\n") + "\n"
    return text or None


def runnable(cells: list[dict]) -> dict[int, dict[str, str]]:
    """Find the cells of a notebook that run in the page.

    Args:
        cells: The cells of an executed notebook, as its JSON has them.

    Returns:
        By the number of the cell: its `source`, what it needs of the cells `before` it, and its `output`.
    """
    from runner import run_cell

    found: dict[int, dict[str, str]] = {}
    above: list[Piece] = []
    for number, cell in enumerate(cells):
        source = "".join(cell["source"])
        if cell["cell_type"] != "code" or "remove-cell" in cell["metadata"].get("tags", []):
            continue
        output = stored(cell["outputs"])
        if output is not None:
            names = Names(above)
            run_cell("", source, names=names)
            before = "\n\n".join(names.needed)
            said = json.loads(run_cell(before, source))
            if said["printed"] == output and not said["error"]:
                found[number] = {"source": source, "before": before, "output": output}
        above += pieces(source)
    return found


def main() -> None:
    """Write all as JSON: `exercises`, `chapters` with their cells, and `modules`, the files that were loaded."""
    sys.meta_path.insert(0, OnlyNumPy())
    sys.path.insert(0, str(ROOT / "book/_ext/page"))
    from segbook.exercises import catalogue, check
    from segbook.exercises.source import definition, stub

    exercises = []
    for id, one in catalogue().items():
        check(id, one.misconceptions[0].answer)._repr_html_()  # which loads all that a check needs
        texts = {"id": id, "title": one.title, "name": one.name, "hints": one.hints}
        if id in BESIDE:
            texts["play"] = dict(zip(("figure", "sentence"), BESIDE[id], strict=True))
        exercises.append(texts | {"stub": stub(one.solution) + "\n", "solution": definition(one.solution)})
    chapters = {}
    for path in sorted(ROOT.glob("book/[0-9]*.ipynb")):
        chapters[f"book/{path.stem}"] = runnable(json.loads(path.read_text("utf-8"))["cells"])
    modules = [sys.modules[name].__file__ for name in sorted(sys.modules) if name.split(".")[0] == "segbook"]
    print(json.dumps({"exercises": exercises, "chapters": chapters, "modules": modules}))


if __name__ == "__main__":
    main()
