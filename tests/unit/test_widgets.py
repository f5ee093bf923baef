"""The Python side of live figures: traits, values against torch, sentences, the joined module."""

import json
import re

import numpy as np
import pytest
import torch
import traitlets
from torch.nn import functional as F

from segbook import palette, shapes, widgets
from segbook.widgets import Checkerboard, ConvTranspose1D, OutputSize
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
        assert setting.get("label") or trait.metadata["control"] == {}
        if setting.get("kind") == "slider":
            assert (setting["min"], setting["max"]) == (trait.min, trait.max)


def test_a_live_figure_must_say_what_it_shows():
    with pytest.raises(NotImplementedError):
        LiveFigure().alt()


def test_conv_transpose_outputs_what_torch_computes():
    figure = ConvTranspose1D(x=[1, 2, -3], weight=[2, 0.5, 1], stride=3, padding=1, output_padding=2, dilation=2)
    expected = F.conv_transpose1d(
        torch.tensor([[[1.0, 2, -3]]]),
        torch.tensor([[[2.0, 0.5, 1]]]),
        stride=3,
        padding=1,
        output_padding=2,
        dilation=2,
    )
    assert figure.output() == pytest.approx(expected[0, 0].tolist())
    assert "output length 11" in figure.alt()


def test_conv_transpose_says_so_when_a_setting_is_impossible():
    figure = ConvTranspose1D(x=[1, 2], weight=[1], stride=1, padding=3)
    assert "crops 6 of them: nothing is left" in figure.alt()
    with pytest.raises(ValueError, match="nothing is left"):
        figure.output()


def test_output_size_follows_the_size_in_focus():
    figure = OutputSize()
    assert figure.sizes() == (6, 16)
    assert "as do all of 16, 17, 18" in figure.alt()
    figure.output_padding = 1
    assert figure.sizes() == (6, 17)


def test_output_size_says_so_when_the_kernel_does_not_fit():
    assert "the kernel covers 7 samples" in OutputSize(input_size=3, kernel_size=7, padding=0, stride=1).alt()


def test_checkerboard_weights_sum_to_the_stride_squared():
    for kernel in ("ones", "bilinear", "random"):
        assert Checkerboard(kernel_size=5, stride=3, kernel=kernel).weights().sum() == pytest.approx(9)


def test_checkerboard_is_flat_where_it_should_be():
    def spread(**settings):
        figure = Checkerboard(**settings)
        _, stamped, resized = figure.images()
        margin = max(figure.kernel_size - figure.stride, 0)
        inside = stamped[margin:-margin, margin:-margin] if margin else stamped
        assert np.ptp(resized) < 1e-12  # resizing first is flat for every kernel
        return np.ptp(inside)

    assert spread(kernel_size=4, stride=2) < 1e-12
    assert spread(kernel_size=3, stride=2, kernel="bilinear") < 1e-12
    assert spread(kernel_size=3, stride=2) > 1
    assert spread(kernel_size=4, stride=2, kernel="random") > 0.1


@pytest.mark.parametrize(
    ("figure", "trait", "value"),
    [
        (ConvTranspose1D(), "stride", 0),
        (ConvTranspose1D(), "x", []),
        (ConvTranspose1D(), "weight", [1.0] * 6),
        (OutputSize(), "input_size", 33),
        (Checkerboard(), "kernel", "gauss"),
    ],
)
def test_a_trait_out_of_range_is_refused_and_the_old_value_stays(figure, trait, value):
    before = getattr(figure, trait)
    with pytest.raises(traitlets.TraitError, match=trait):
        setattr(figure, trait, value)
    assert getattr(figure, trait) == before


def test_python_and_the_traits_agree_on_the_sizes_of_the_group():
    figure = OutputSize(input_size=20, kernel_size=3, stride=4, padding=1)
    after, _ = figure.sizes()
    assert 20 in shapes.collapsing_input_sizes(after, 3, stride=4, padding=1)


def test_checkerboards_sentence_speaks_of_the_inside():
    assert "values 1.00 to 1.00 away from the border" in Checkerboard(kernel_size=4, stride=2).alt()
