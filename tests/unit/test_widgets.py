"""Laws that every live figure keeps in Python: views, presets, settings, the joined module."""

import json
import re

import pytest
import traitlets

from segbook import palette, widgets
from segbook.widgets import (
    Checkerboard,
    Conv1D,
    Conv2D,
    ConvTranspose1D,
    Imbalance,
    OutputSize,
    ReceptiveField,
    ScoreMap,
)
from segbook.widgets.base import LiveFigure, css

FIGURES = [getattr(widgets, name) for name in widgets.__all__]


@pytest.mark.parametrize("figure_class", FIGURES)
def test_a_figure_displays_a_view_and_a_whole_sentence(figure_class):
    figure = figure_class()
    data, _ = figure._repr_mimebundle_()
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "text/plain"}
    assert data["text/plain"] == figure.alt() == repr(figure)


@pytest.mark.parametrize("figure_class", FIGURES)
def test_the_joined_module_imports_nothing_and_loads_nothing(figure_class):
    source = figure_class._esm
    assert not re.search(r"^\s*import\b", source, re.MULTILINE)
    assert source.count("export default") == 1
    assert "http" not in source.replace("http://www.w3.org/2000/svg", "")


def test_figures_draw_in_the_palettes_colours():
    assert all(f"--segbook-{i}: {colour};" in css() for i, colour in enumerate(palette.CYCLE))
    # The modules take a series modulo the number of colours.
    used = {int(n) for figure in FIGURES for n in re.findall(r"--segbook-\$\{[^}]*% (\d)", figure._esm)}
    assert used == {len(palette.CYCLE)}


@pytest.mark.parametrize("figure_class", FIGURES)
def test_no_module_names_a_colour_of_its_own(figure_class):
    assert not re.findall(r"#[0-9a-fA-F]{6}", figure_class._esm)


@pytest.mark.parametrize("figure_class", FIGURES)
def test_a_figure_opens_in_a_preset_and_python_can_name_each(figure_class):
    def settings(figure, preset):
        return {name: getattr(figure, name) for name in figure_class.presets[preset]}

    assert [p for p in figure_class.presets if settings(figure_class(), p) == figure_class.presets[p]]
    said = set()
    for preset, values in figure_class.presets.items():
        figure = figure_class(preset=preset)
        assert settings(figure, preset) == values
        said.add(figure.alt() + str(sorted(values.items())))
    assert len(said) == len(figure_class.presets)  # no two alike
    assert len({frozenset(values) for values in figure_class.presets.values()}) == 1  # each names what the others name


def test_a_setting_goes_before_the_presets_and_an_unknown_preset_is_refused():
    figure = ConvTranspose1D(preset="stride 2", padding=0)
    assert (figure.x, figure.stride, figure.padding) == ([1, 2, 3, 4], 2, 0)
    with pytest.raises(ValueError, match="no preset 'stride 3'; it has by hand, stride 2"):
        ConvTranspose1D(preset="stride 3")


@pytest.mark.parametrize("figure_class", FIGURES)
def test_the_page_hears_of_every_setting_and_of_nothing_twice(figure_class):
    declared = json.loads(figure_class()._declared)
    names = [setting["name"] for setting in declared["settings"]] + declared["constants"]
    shared = {"layout", "tabbable", "tooltip"}
    assert sorted(names) == sorted({n for n in figure_class.class_trait_names(sync=True) if n[0] != "_"} - shared)
    assert list(declared["presets"]) == list(figure_class.presets)
    for setting in declared["settings"]:
        trait = figure_class.class_traits()[setting["name"]]
        assert setting.get("label") or "kind" not in setting
        assert setting["default"] == getattr(figure_class(), setting["name"])
        if setting.get("kind") == "slider":
            assert (setting["min"], setting["max"]) == (trait.min, trait.max)


# The book was asked for with sliders for stride and padding: where a figure is about them, none of them hides.
HIDES_NOTHING = {"stride", "strides", "padding", "padded", "kernel_size", "weight", "pooling"}


@pytest.mark.parametrize("figure_class", FIGURES)
def test_stride_padding_and_kernel_stand_above_the_drawing(figure_class):
    settings = json.loads(figure_class()._declared)["settings"]
    assert [one["name"] for one in settings if one["name"] in HIDES_NOTHING and one.get("more")] == []


def test_the_figures_about_stride_and_padding_have_sliders_for_both():
    for figure_class in (Conv1D, Conv2D, ConvTranspose1D, OutputSize):
        kinds = {one["name"]: one.get("kind") for one in json.loads(figure_class()._declared)["settings"]}
        assert (kinds["stride"], kinds["padding"]) == ("slider", "slider")


def test_a_live_figure_must_say_what_it_shows():
    with pytest.raises(NotImplementedError):
        LiveFigure().alt()


@pytest.mark.parametrize(
    ("figure", "trait", "value"),
    [
        (ConvTranspose1D(), "stride", 0),
        (ConvTranspose1D(), "x", []),
        (ConvTranspose1D(), "weight", [1.0] * 6),
        (OutputSize(), "input_size", 33),
        (Checkerboard(), "kernel", "gauss"),
        (Conv1D(), "stride", 0),
        (Conv1D(), "x", []),
        (Conv1D(), "weight", [1.0] * 6),
        (Conv2D(), "height", 13),
        (Conv2D(), "operation", "median"),
        (Conv2D(), "image", [[1]]),
        (ReceptiveField(), "layers", []),
        (ReceptiveField(), "layers", [{}] * 7),
        (ReceptiveField(), "layers", [{"kernel": 3}]),
        (ReceptiveField(), "layers", [{"kernel_size": 6}]),
        (ReceptiveField(), "layers", [{"kind": "attention"}]),
        (ReceptiveField(), "n", 3),
        (Imbalance(), "share", 0.0),
        (Imbalance(), "share", 50.1),
        (Imbalance(), "predictor", "all"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, LiveFigure) else None,
)
def test_a_trait_out_of_range_is_refused_and_the_old_value_stays(figure, trait, value):
    before = getattr(figure, trait)
    with pytest.raises(traitlets.TraitError, match=trait):
        setattr(figure, trait, value)
    assert getattr(figure, trait) == before


@pytest.mark.parametrize("figure_class", FIGURES)
def test_a_caption_says_what_is_there_and_what_to_try_in_one_or_two_sentences(figure_class):
    caption = figure_class.caption
    assert 60 < len(caption) < 220
    assert caption.endswith(".")
    assert len(re.findall(r"[.;?] ", caption)) <= 3


def test_a_row_of_a_table_is_refused_by_the_name_of_its_column():
    with pytest.raises(traitlets.TraitError, match=r"layers hold \[5, 9, 1\], but a row must have .*stride 1 to 4"):
        ScoreMap(layers=[[5, 2, 1], [5, 9, 1], [5, 1, 1]])
    with pytest.raises(traitlets.TraitError):
        ScoreMap(layers=[[5, 2, 1], [5, 2], [5, 1, 1]])
