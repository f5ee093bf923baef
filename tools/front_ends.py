"""Write the live figures' front ends into stored notebooks anew, without executing anything.

A stored figure carries its whole front end: JavaScript, style sheet, labels and presets. Where only those changed, its
settings stay as they were, and only the front end, its picture and its sentence are replaced.
"""

import json

from nbformat import NotebookNode

from segbook import widgets
from segbook.widgets.base import LiveFigure

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"


def front_end(figure_class: type[LiveFigure]) -> dict:
    """Collect what a stored state holds of a figure beside its settings.

    Args:
        figure_class: A class of `segbook.widgets`.
    """
    return {"_esm": figure_class._esm, "_css": figure_class._css, "_declared": figure_class.declaration()}


def refresh(notebook: NotebookNode, *, pictures: bool) -> int:
    """Give every stored figure the front end of today.

    Args:
        notebook: Changed in place.
        pictures: Whether pictures of the figures that change are drawn anew, too.

    Returns:
        How many figures changed.
    """
    states = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    changed = {}
    for model_id, model in states.items():
        if "_anywidget_id" not in model.state:
            continue
        figure_class = getattr(widgets, model.state["_anywidget_id"].rpartition(".")[2])
        today = front_end(figure_class)
        if any(model.state.get(name) != value for name, value in today.items()):
            model.state.update(today)
            changed[model_id] = figure_class
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            model_id = output.get("data", {}).get(VIEW, {}).get("model_id")
            if model_id in changed:
                _show(output.data, changed[model_id], states[model_id].state, pictures=pictures)
    return len(changed)


def _show(data: NotebookNode, figure_class: type[LiveFigure], state: dict, *, pictures: bool) -> None:
    """Write the sentence, and the picture, of a figure with the stored settings."""
    settings = {setting["name"]: state[setting["name"]] for setting in json.loads(state["_declared"])["settings"]}
    figure = figure_class(**settings)
    data["text/plain"] = figure.alt()
    if pictures:
        data["image/png"] = figure._repr_mimebundle_()[0]["image/png"]
