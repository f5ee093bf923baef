"""The settings of live figures: traits that also say how the page lets a reader change them.

A control is said once, here in Python: its label, its limits and its step travel to the page, which builds it (see
`static/controls.mjs`). Limits that depend on other settings, such as the last output of a convolution, are the figure's
`limits` in JavaScript.
"""

import json
from collections.abc import Iterable

import traitlets as t


def slider(
    default: int | float,
    label: str,
    *,
    step: int | float = 1,
    unit: str = "",
    names: Iterable[str] = (),
    more: bool = False,
    **limits,
) -> t.TraitType:
    """Make a number with a slider.

    Args:
        default: An integer makes an integer trait.
        label: Stands before the slider; "w_0" becomes a letter with an index.
        step: Distance of neighbouring values.
        unit: Stands after the value.
        names: What to show in place of the values, from the smallest on.
        more: Whether the slider stands behind "more".
        **limits: `min` and `max`, as in traitlets.
    """
    control = {"kind": "slider", "label": label, "step": step, "unit": unit, "names": [*names], "more": more}
    trait = t.Int(default, **limits) if isinstance(default, int) else t.Float(default, **limits)
    return trait.tag(sync=True, control=control)


def checkbox(default: bool, label: str, *, more: bool = False) -> t.Bool:
    """Make a setting that is on or off.

    Args:
        default: Its first value.
        label: Stands after the box.
        more: Whether the box stands behind "more".
    """
    return t.Bool(default).tag(sync=True, control={"kind": "checkbox", "label": label, "more": more})


def choice(default: str, label: str, options: dict[str, str], *, buttons: bool = False, more: bool = False) -> t.Enum:
    """Make one of several words.

    Args:
        default: The first word in force.
        label: Stands before the choice.
        options: The words, each with what the page calls it.
        buttons: Whether every word is a button, in place of a list that opens.
        more: Whether the choice stands behind "more".
    """
    kind = "buttons" if buttons else "choice"
    control = {"kind": kind, "label": label, "options": options, "more": more}
    return t.Enum([*options], default).tag(sync=True, control=control)


def numbers(
    default: Iterable[int | float],
    label: str,
    length: str,
    *,
    fill: Iterable[int | float],
    most: int,
    more: bool = True,
) -> t.List:
    """Make a list of 1 to `most` numbers: a slider for its length, and a field for each number behind "more".

    Args:
        default: The first numbers.
        label: Stands before the fields.
        length: Stands before the slider.
        fill: Where longer lists take further numbers from.
        most: The largest length.
        more: Whether the slider stands behind "more", too.
    """
    control = {
        "kind": "numbers",
        "label": label,
        "length": length,
        "fill": [*fill],
        "min": 1,
        "max": most,
        "more": more,
    }
    return t.List(t.Float(), [*default], minlen=1, maxlen=most).tag(sync=True, control=control)


def setting(trait: t.TraitType, **may: object) -> t.TraitType:
    """Make a trait a setting without a control of its own: the figure's JavaScript has one, or it is pointed at.

    Args:
        trait: Any trait.
        **may: What an address of the page may set, if more than the trait's `min` and `max`: `options`, words; `rows`,
            for each column of a table its smallest and largest number or its words, with `least` and `most` rows.
    """
    return trait.tag(sync=True, control=may)


class Table(t.List):
    """Rows of whole numbers, every column within its limits.

    Args:
        default: The first rows.
        columns: Smallest and largest number of each column, by its name.
        least: Of rows.
        most: Of rows.
    """

    def __init__(
        self, default: list[list[int]], columns: dict[str, tuple[int, int]], *, least: int = 0, most: int
    ) -> None:
        self.columns = columns
        row = t.List(t.Int(), minlen=len(columns), maxlen=len(columns))
        super().__init__(row, default, minlen=least, maxlen=most)
        setting(self, rows=[*columns.values()], least=least, most=most)

    def validate(self, obj, value) -> list:  # noqa: D102 (traitlets' own)
        rows = super().validate(obj, value) or []
        for row in rows:
            if not all(low <= entry <= high for entry, (low, high) in zip(row, self.columns.values(), strict=True)):
                must = ", ".join(f"{name} {low} to {high}" for name, (low, high) in self.columns.items())
                raise t.TraitError(f"{self.name} hold {row}, but a row must have {must}")
        return rows


def constant(trait: t.TraitType) -> t.TraitType:
    """Make a trait that the page reads and never changes, such as an image.

    Args:
        trait: Any trait.
    """
    return trait.tag(sync=True, control=None)


def declare(figure_class: type[t.HasTraits], presets: dict[str, dict]) -> str:
    """Write down what the page needs to build a figure's controls.

    Args:
        figure_class: Its traits, in the order in which the class names them.
        presets: Named settings, complete.

    Returns:
        JSON: `settings` in order, `constants` (names), `presets`. As text, because a stored notebook sorts tables.
    """
    own = _declared(figure_class)
    settings = [
        {
            "name": name,
            "default": trait.default(),
            "min": getattr(trait, "min", None),
            "max": getattr(trait, "max", None),
            **trait.metadata["control"],
        }
        for name, trait in own.items()
        if trait.metadata["control"] is not None
    ]
    constants = [name for name, trait in own.items() if trait.metadata["control"] is None]
    declared = {"settings": settings, "constants": constants, "presets": presets}
    return json.dumps(declared, ensure_ascii=False, separators=(",", ":"))


def complete(figure_class: type[t.HasTraits], presets: dict[str, dict]) -> dict[str, dict]:
    """Complete presets, which name only what differs from the defaults.

    Args:
        figure_class: Whose defaults.
        presets: Named settings. What no preset names, none changes.
    """
    named = {name for values in presets.values() for name in values}
    defaults = {name: trait.default() for name, trait in _declared(figure_class).items() if name in named}
    return {preset: defaults | values for preset, values in presets.items()}


def _declared(figure_class: type[t.HasTraits]) -> dict[str, t.TraitType]:
    """List the traits made here in the order of the class; traitlets itself sorts them by name."""
    of_class = [vars(one).items() for one in reversed(figure_class.__mro__)]
    return {
        name: trait
        for items in of_class
        for name, trait in items
        if isinstance(trait, t.TraitType) and "control" in trait.metadata
    }
