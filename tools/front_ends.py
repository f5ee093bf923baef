"""Write the live figures' front ends into stored notebooks anew, without executing anything.

A stored figure carries its whole front end: JavaScript, style sheet, labels and presets. Where only those changed, its
settings stay as they were, and only the front end and its sentence are replaced.
"""

import json
from collections.abc import Iterator

from nbformat import NotebookNode

from segbook import widgets
from segbook.widgets.base import LiveFigure

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"


def figures(notebook: NotebookNode) -> Iterator[tuple[NotebookNode, NotebookNode]]:
    """Find the outputs that show a live figure, each with the figure's stored state.

    Args:
        notebook: An executed notebook.
    """
    states = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    for output in (output for cell in notebook.cells for output in cell.get("outputs", [])):
        model = states.get(output.get("data", {}).get(VIEW, {}).get("model_id"))
        if model and "_anywidget_id" in model.state:
            yield output, model.state


def front_end(figure_class: type[LiveFigure]) -> dict:
    """Collect what a stored state holds of a figure beside its settings.

    Args:
        figure_class: A class of `segbook.widgets`.
    """
    return {"_esm": figure_class._esm, "_css": figure_class._css, "_declared": figure_class.declaration()}


def refresh(notebook: NotebookNode) -> int:
    """Give every stored figure the front end of today.

    Args:
        notebook: Changed in place.

    Returns:
        How many figures changed.
    """
    stale = []
    for output, state in figures(notebook):
        figure_class = getattr(widgets, state["_anywidget_id"].rpartition(".")[2])
        today = front_end(figure_class)
        if any(state.get(name) != value for name, value in today.items()):
            stale.append((output, state, figure_class, today))
    for output, state, figure_class, today in stale:
        state.update(today)
        names = [setting["name"] for setting in json.loads(state["_declared"])["settings"]]
        output.data["text/plain"] = figure_class(**{name: state[name] for name in names}).alt()
    return len(stale)
