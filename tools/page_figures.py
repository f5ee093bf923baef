"""Which live figure a reader can unfold beside an exercise in its page, and what to try there."""

import json
from pathlib import Path

ROOT = Path(__file__).parents[1]
VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"

# At most one for an exercise, and only where something can be tried on it that the exercise asks for.
BESIDE = {
    "1.3": ("FourTasks", "Let two objects of a class touch: which of them does the semantic map still tell apart?"),
    "2.1": ("PixelSoftmax", "Raise one score of a pixel and watch all its probabilities."),
    "2.4": ("Imbalance", "Make the object smaller: which score notices a map that misses it?"),
    "3.3": ("PatchCost", "Change the patch and the image, and compare the two counts."),
    "4.3": ("ScoreMap", "Point at a score and see the pixels that it reads."),
    "4.4": ("DilatedStrip", "Choose a score of the shifted form and see which shift gives it."),
    "5.2": ("Conv1D", "Move the window, change the stride, and compare with a sum of your own."),
    "5.3": ("Conv1D", "Find samples that no window reads: at the end, and between the windows."),
    "6.1": ("ConvTranspose1D", "Compare a row of the matrix with the window that it stands for."),
    "6.2": ("ConvTranspose1D", "Stamp: change the stride and see where stamps overlap and add up."),
    "6.3": ("ConvTranspose1D", "Change stride, padding and dilation, and count the places of the output."),
    "6.4": ("OutputSize", "Follow a size down and up, and move the output padding until it comes back."),
    "6.5": ("ConvTranspose1D", "Look at the zeros between the samples and at the window over them."),
    "7.2": ("SizeLedger", "Change the input's size and see where a remainder is lost."),
    "8.2": ("UNetPlanner", "Change the input's size and see what each level crops."),
    "9.2": ("WeightMap", "Drag a cell towards its neighbour and watch the weights in the gap."),
    "9.6": ("Threshold", "Drag the threshold and watch which cells are found."),
}


def stored(name: str) -> dict:
    """Find a figure as the first chapter that shows it has stored it.

    Args:
        name: Its class in segbook.widgets.

    Returns:
        `model`, the id of its model, and `state`, by that id what the model holds.

    Raises:
        LookupError: If no chapter shows it.
    """
    for path in sorted(ROOT.glob("book/[0-9]*.ipynb")):
        notebook = json.loads(path.read_text("utf-8"))
        state = notebook["metadata"].get("widgets", {}).get(STATE, {"state": {}})["state"]
        for output in (one for cell in notebook["cells"] for one in cell.get("outputs", [])):
            model = output.get("data", {}).get(VIEW, {}).get("model_id")
            own = state.get(model, {}).get("state", {})
            if own.get("_anywidget_id", "").endswith(f".{name}"):
                return {"model": model, "state": {model: state[model]}}
    raise LookupError(f"no chapter has a live figure {name}")
