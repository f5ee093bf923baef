"""What pages of Markdown show of live figures before these start: a picture and a sentence of the page's own settings.

Such a page, the first one for instance, shows a chapter's stored figure, set otherwise (the directive `live-figure`,
book/_ext/live_figures.py). So it needs a picture of its own: book/intro.figures.json holds for each figure of
book/intro.md what a notebook holds of its figures, an output with picture, sentence and key.
"""

import json
import re
from pathlib import Path

import nbformat
from front_ends import figures
from nbformat import NotebookNode

from segbook import widgets

ROOT = Path(__file__).parent.parent
DIRECTIVE = re.compile(r"^`{3,}\{live-figure\} (\w+)\n(?::settings: (.+)\n)?", re.MULTILINE)


def pages() -> list[Path]:
    """List the pages of Markdown that show live figures."""
    return [page for page in sorted(ROOT.glob("book/*.md")) if DIRECTIVE.search(page.read_text("utf-8"))]


def shown(page: Path) -> dict[str, tuple[NotebookNode, dict]]:
    """Find the figures of a page: by their names, what is stored for each, and the state that the page shows.

    Args:
        page: A page of Markdown.

    Raises:
        ValueError: If no chapter has such a figure.
        traitlets.TraitError: If a setting leaves its range.
    """
    stored, found = _read(page), {}
    for name, settings in DIRECTIVE.findall(page.read_text("utf-8")):
        state = _in_its_chapter(name) | json.loads(settings or "{}")
        output = stored.get(name, NotebookNode(data=NotebookNode(), metadata=NotebookNode()))
        names = [setting["name"] for setting in json.loads(state["_declared"])["settings"]]
        output.data["text/plain"] = getattr(widgets, name)(**{setting: state[setting] for setting in names}).alt()
        found[name] = output, state
    return found


def write(page: Path, outputs: dict[str, NotebookNode]) -> None:
    """Store what is shown of each figure beside the page.

    Args:
        page: A page of Markdown.
        outputs: By the figures' names.
    """
    _beside(page).write_text(json.dumps(outputs, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")


def _beside(page: Path) -> Path:
    return page.with_suffix(".figures.json")


def _read(page: Path) -> dict[str, NotebookNode]:
    path = _beside(page)
    stored = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return {name: NotebookNode(nbformat.from_dict(output)) for name, output in stored.items()}


def _in_its_chapter(name: str) -> dict:
    for chapter in sorted(ROOT.glob("book/[0-9]*.ipynb")):
        if name in (text := chapter.read_text("utf-8")):
            for _, state in figures(nbformat.reads(text, as_version=4)):
                if state["_anywidget_id"].endswith(f".{name}"):
                    return dict(state)
    raise ValueError(f"no chapter has a live figure {name}")
