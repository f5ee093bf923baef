"""A result's file gives the result back, or nothing."""

import json
import re

import pytest

from segbook.exercises import Feedback
from segbook.grading.results import FORM, ExerciseResult, Result, load_result, save_result
from segbook.grading.status import Status

FEEDBACK = Feedback(
    "6.3 Size: 2 of 4 points", (("✓", "basic", "2 of 2"), ("✗", "padding", "0 of 2")), hint="Crop twice."
)
ONE = ExerciseResult(
    "6.3", "Size", Status.TIMEOUT, "no answer within 3 s", 7, 2, 4, True, {"basic": (2, 2), "padding": (0, 2)}, "", "", FEEDBACK
)  # fmt: skip
RESULT = Result(
    "ada/é.ipynb", "k", True, Status.TIMEOUT, "exercise 6.3", {"6.3": ONE}, ("cell 1: NameError: x",), ("mine",)
)


@pytest.fixture
def file(tmp_path):
    save_result(tmp_path, RESULT)
    (path,) = tmp_path.iterdir()
    return path


def test_a_result_comes_back_from_its_file(file):
    assert load_result(file.parent, RESULT.submission) == RESULT
    assert load_result(file.parent, "bob.ipynb") is None


def test_the_file_says_its_form_the_points_and_words_for_statuses(file):
    stored = json.loads(file.read_text("utf-8"))
    assert (stored["form"], stored["earned"], stored["possible"], stored["status"]) == (FORM, 2, 4, "timeout")
    assert stored["exercises"]["6.3"]["groups"] == {"basic": [2, 2], "padding": [0, 2]}
    assert "é" in file.read_text("utf-8")


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:100],
        lambda text: "[]",
        lambda text: "",
        lambda text: text.replace('"timeout"', '"late"'),
        lambda text: text.replace('"groups"', '"croups"'),
        lambda text: text.replace('"hint"', '"hunt"'),
        lambda text: text.replace('"errors"', '"terrors"'),
        lambda text: text.replace('"ada/é.ipynb"', '"bob.ipynb"'),  # another's, renamed
        lambda text: text.replace('"earned": 2', '"earned": 4', 1),  # in total, and not in any exercise
        lambda text: text.replace('"earned": 2', '"earned": 4'),  # and not in its groups
        lambda text: text.replace('"earned": 2', '"earned": "2"'),
        lambda text: text.replace('"seed": 7', '"seed": 7.5'),
        lambda text: text.replace('"started": true', '"started": 1'),
        lambda text: text.replace('"misconception": ""', '"misconception": null'),
        lambda text: text.replace('"Crop twice."', '["Crop twice."]'),
        lambda text: "[" * 100_000,
    ],
)
def test_a_damaged_file_is_named(file, damage):
    text = file.read_text("utf-8")
    assert damage(text) != text
    file.write_text(damage(text), "utf-8")
    with pytest.raises(ValueError, match=re.escape(f"{file} is damaged (")):
        load_result(file.parent, RESULT.submission)


def test_a_file_of_another_version_is_none(file):
    file.write_text(file.read_text("utf-8").replace(f'"form": {FORM}', f'"form": {FORM - 1}'), "utf-8")
    assert load_result(file.parent, RESULT.submission) is None
