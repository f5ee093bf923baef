"""The small module behind the book *A Label for Every Pixel*.

Submodules load when they are first used, so `import segbook` is instant:

>>> import segbook
>>> segbook.shapes.conv_output_size(17, 5, stride=3, padding=2)
6

"Notes N6" in a docstring is section N6 of the course notes behind the book: `book/notes.md`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # what `__getattr__` does below, for type checkers and editors
    from segbook import (
        data,
        exercises,
        losses,
        metrics,
        models,
        objects,
        ops,
        palette,
        pixel_weights,
        plot,
        shapes,
        train,
        widgets,
    )

__version__ = "0.1.0"
__all__ = [
    "data",
    "exercises",
    "losses",
    "metrics",
    "models",
    "objects",
    "ops",
    "palette",
    "pixel_weights",
    "plot",
    "shapes",
    "train",
    "widgets",
]


def __getattr__(name: str):
    """Import a submodule on first use (PEP 562)."""
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
