"""The failing case as a picture: what it shows, and that nothing breaks it."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp

from segbook.exercises import check, get
from segbook.exercises.picture import Panel, draw, largest


def parts(panel):
    """Return the words of a panel and the texts and paths in its drawing."""
    root = ElementTree.fromstring(draw([panel]))
    words = root[0][0].text
    return words, [text.text for text in root.iter("text")], list(root.iter("path"))


def cells(paths, colour):
    """Count the cells that are filled in a colour."""
    return sum(path.get("d").count("z") for path in paths if path.get("fill") == colour)


def test_blue_is_above_zero_and_orange_below_and_zero_is_empty():
    words, texts, paths = parts(Panel("got", np.array([[1.0, -2.0, 0.0], [0.5, np.nan, np.inf]])))
    assert words == "got, 2 × 3"
    assert texts == ["1", "-2", "0", "0.5", "nan", "inf"]
    assert (cells(paths, "#0072b2"), cells(paths, "#d55e00")) == (2, 1)


def test_a_mask_has_no_numbers_and_a_cell_that_is_true_is_filled():
    _, texts, paths = parts(Panel("expected", np.eye(3, dtype=bool)))
    assert texts == []
    assert cells(paths, "#0072b2") == 3


def test_what_is_marked_is_framed():
    _, _, paths = parts(
        Panel("difference", np.zeros((2, 3)), marked=np.array([[True, False, False], [False, True, True]]))
    )
    framed = [path for path in paths if path.get("stroke-width") == "2"]
    assert [path.get("d").count("z") for path in framed] == [3]


def test_the_samples_of_two_signals_lie_below_each_other():
    drawn = draw([Panel("expected", np.array([1.0, 2.0])), Panel("difference", np.array([0.0, -200.0]))])
    assert len(set(re.findall(r'<svg[^>]* width="(\d+)"', drawn))) == 1


def test_one_scale_makes_colours_of_two_panels_comparable():
    weak, strong = (parts(Panel("got", np.array([1.0]), scale))[2][0].get("fill-opacity") for scale in (10.0, 1.0))
    assert float(weak) < float(strong)
    assert largest(np.array([np.nan, -np.inf, -3.0, 2.0])) == 3.0
    assert largest(np.array([np.nan])) == largest(np.zeros(0)) == 0.0


def test_a_large_array_shows_its_beginning_and_says_so():
    words, texts, _ = parts(Panel("got", np.zeros((1000, 1000))))
    assert words == "got, 1000 × 1000, its beginning"
    assert texts == []
    assert len(draw([Panel("got", np.broadcast_to(1.0, (10**6, 10**6)))])) < 20_000


def test_numbers_that_are_not_finite_are_crossed_out_where_no_number_is_written():
    _, texts, paths = parts(Panel("got", np.full((24, 24), np.nan)))
    assert texts == []
    assert any(path.get("d").count("l") == 2 * 24 * 24 for path in paths)


@settings(deadline=None, max_examples=150)
@given(
    hnp.arrays(
        hnp.boolean_dtypes() | hnp.integer_dtypes() | hnp.unsigned_integer_dtypes() | hnp.floating_dtypes(),
        hnp.array_shapes(min_dims=0, max_dims=4, min_side=0),
    )
)
def test_any_real_array_gives_well_formed_markup(values):
    ElementTree.fromstring(draw([Panel("<&>", values), Panel("", values, largest(values))]))


def labels(said):
    return re.findall(r'aria-label="([^"]*)"', said._repr_html_())


def test_a_failing_signal_is_shown_with_what_was_expected_and_how_it_differs():
    right = get("6.2").solution
    said = check("6.2", lambda x, weight, **options: right(x, weight, **options) + 1)
    assert [label.partition(",")[0] for label in labels(said)] == ["expected", "got", "difference"]
    assert said.picture.count('stroke-width="2"') == 1


def test_maps_that_an_answer_is_given_are_shown_beside_a_number():
    said = check("7.4", lambda pred, truth, *, tolerance: 2.0)
    assert [label.partition(",")[0] for label in labels(said)] == ["pred", "truth"]


def test_no_difference_of_arrays_in_other_shapes_and_nothing_got_from_an_error():
    assert [label.partition(",")[0] for label in labels(check("6.2", lambda *_, **__: [1.0, 2.0]))] == [
        "expected",
        "got",
    ]
    assert [label.partition(",")[0] for label in labels(check("6.2", lambda: 0))] == ["expected"]
    assert check("6.2", get("6.2").solution).picture == check("6.3", lambda *_, **__: 0).picture == ""


@pytest.mark.parametrize(
    "value",
    [
        np.zeros((3, 0)),
        np.array([np.nan, np.inf]),
        np.array(["<b>"]),
        np.array([None]),
        [[1], [2, 3]],
        "<b>",
        10**400,
        np.full(6, 2**63, np.uint64),
        np.zeros(2, complex),
        np.float16([1e4, -1e-8]),
    ],
)
def test_whatever_an_answer_returns_the_feedback_is_well_formed(value):
    for id in ("6.2", "7.4", "5.3", "9.1"):
        assert "<b>" not in check(id, lambda *_, **__: value)._repr_html_()
        ElementTree.fromstring(check(id, lambda *_, **__: value)._repr_html_())


def test_long_masks_are_written_in_letters():
    right = get("7.4").solution
    said = check("7.4", lambda pred, truth, *, tolerance: (pred.size > 48) + right(pred, truth, tolerance=tolerance))
    assert "False" not in said.evidence
    assert re.search(r"^ +[#.]{11}$", said.evidence, re.MULTILINE)
    assert "(# is True)" in said.evidence
    unread = check("5.3", lambda input_size, *_, **__: np.ones(max(input_size, 9), bool)).evidence
    assert "[True" not in unread.replace(" ", "")
    assert len(check("5.3", lambda *_, **__: np.ones((500, 500), bool)).evidence) < 2500
