"""Stored figures get today's front end without executing anything, and keep what was set."""

import copy
from pathlib import Path

import front_ends
import nbformat
import pytest

CHAPTER = Path(__file__).parents[2] / "book/05_downsampling.ipynb"


@pytest.fixture
def stored():
    return nbformat.read(CHAPTER, as_version=4)


def figure_states(notebook):
    return [state for _, state in front_ends.figures(notebook)]


def test_figures_of_today_stay_as_they_are(stored):
    before = copy.deepcopy(stored)
    assert len(figure_states(stored)) == 3
    assert front_ends.refresh(stored) == 0
    assert stored == before


@pytest.mark.parametrize("part", ["_esm", "_css", "_declared"])
def test_an_old_front_end_is_replaced_and_nothing_else(stored, part):
    before = copy.deepcopy(stored)
    figure_states(stored)[1][part] = "old"
    assert front_ends.refresh(stored) == 1
    assert stored == before


def test_what_was_set_is_kept_and_shown(stored):
    state = next(state for state in figure_states(stored) if state["_anywidget_id"].endswith("Conv1D"))
    state["padding"], state["_esm"] = 2, "old"
    assert front_ends.refresh(stored) == 1
    assert state["padding"] == 2
    (sentence,) = (output.data["text/plain"] for output, one in front_ends.figures(stored) if one is state)
    assert "padding 2" in sentence


def test_a_state_without_a_declaration_is_given_one(stored):
    for state in figure_states(stored):
        state.pop("_declared")
    assert front_ends.refresh(stored) == 3
    assert all(state["_declared"] for state in figure_states(stored))
