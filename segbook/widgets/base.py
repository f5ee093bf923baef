"""What all live figures share: one JavaScript module each, a style sheet and a sentence.

A figure's front end is written in several files (`static/*.mjs`): geometry without a page, helpers, drawing. anywidget
wants one module, so `esm` follows the imports, joins what they name and drops them; there is no bundler. Every stored
figure carries a copy, so comments stay at home. The picture that a stored figure shows on paper is one of that very
front end, taken when notebooks are made (tools/snapshots.py).
"""

import re
from functools import cache
from pathlib import Path
from typing import ClassVar

import anywidget
import traitlets as t

from segbook import palette
from segbook.widgets import controls

STATIC = Path(__file__).parent / "static"
_COMMENT = re.compile(r"^ *//.*\n", re.MULTILINE)
_IMPORT = re.compile(r'^import [^;]*? from\s+"\./(\w+)\.mjs";\n', re.MULTILINE)


@cache
def esm(name: str) -> str:
    """Join a JavaScript module of `static/` with all that it imports, each once and before what uses it.

    Args:
        name: The module that draws the figure, such as "conv_1d".
    """
    joined: dict[str, str] = {}

    def add(module: str) -> None:
        source = (STATIC / f"{module}.mjs").read_text("utf-8")
        for imported in _IMPORT.findall(source):
            if imported not in joined:
                add(imported)
        joined[module] = _COMMENT.sub("", _IMPORT.sub("", source))

    add(name)
    return "\n".join(joined.values())


@cache
def css() -> str:
    """Read the style sheet and write the palette before it, so that both languages draw in the same colours."""
    colours = "".join(f"--segbook-{i}: {colour}; " for i, colour in enumerate(palette.CYCLE))
    return f".segbook {{ {colours}--segbook-focus: {palette.FOCUS}; }}\n" + (STATIC / "figure.css").read_text("utf-8")


class LiveFigure(anywidget.AnyWidget):
    """A figure that is alive in notebooks and in the static page, and a sentence everywhere else.

    Args:
        preset: A key of `presets`, the named settings that stand above the figure as buttons.
        **settings: Traits of the figure; they go before the preset's.

    Raises:
        ValueError: If the figure has no such preset or setting.
        traitlets.TraitError: If a setting leaves its range.
    """

    caption: ClassVar[str] = ""  # what the figure shows and what to try, under it wherever it stands
    presets: ClassVar[dict[str, dict]] = {}
    _esm: str  # every figure has its own
    _css = css()
    _declared = t.Unicode(read_only=True).tag(sync=True)

    def __init_subclass__(cls, **options) -> None:
        super().__init_subclass__(**options)
        cls.presets = controls.complete(cls, cls.presets)

    def __init__(self, *, preset: str | None = None, **settings) -> None:
        if preset is not None and preset not in self.presets:
            raise ValueError(f"{type(self).__name__} has no preset {preset!r}; it has {', '.join(self.presets)}")
        settings = (self.presets[preset] if preset is not None else {}) | settings
        unknown = sorted(set(settings) - set(self.trait_names()))
        if unknown:
            known = ", ".join(name for name, trait in self.traits(sync=True).items() if trait.this_class is type(self))
            raise ValueError(f"{type(self).__name__} has no setting {', '.join(unknown)}; it has {known}")
        super().__init__(**settings)

    @classmethod
    def anchor(cls) -> str:
        """Name the figure in addresses: `ConvTranspose1D` is fig-conv-transpose-1d."""
        return "fig-" + re.sub(r"(?<=[a-z])(?=[A-Z0-9])", "-", cls.__name__).lower()

    @classmethod
    def declaration(cls) -> str:
        """Write down settings and presets as the page reads them."""
        return controls.declare(cls, cls.presets)

    @t.default("_declared")
    def _declare(self) -> str:
        return self.declaration()

    def alt(self) -> str:
        """Say in a sentence what the figure shows now."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return self.alt()

    # The whole sentence: ipywidgets cuts it after 110 characters. Its version 7 (Colab) shows the view by other rules.
    def _repr_mimebundle_(self, **options):
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return {**data, "text/plain": self.alt()}, metadata
