"""Every clause of a prompt has a case that shows an answer which ignores it, and nothing cheap earns a point."""

import re
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from segbook.exercises import Outcome, catalogue, get, judge, judge_outcomes
from segbook.exercises.judging import run

CHAPTERS = sorted(path.stem for path in (Path(__file__).parents[1] / "clauses").glob("chapter*.py"))
CLAUSES = {id: clauses for chapter in CHAPTERS for id, clauses in import_module(f"clauses.{chapter}").CLAUSES.items()}
WRONG = [
    pytest.param(id, group, answer, id=f"{id}-{number}")
    for id, clauses in CLAUSES.items()
    for number, (_, group, answer) in enumerate(clauses)
]

# Sentences that demand nothing which an answer could ignore: introductions, questions, promises to the learner, and
# the types, which tests/unit/test_exercises.py tries.
DEMAND_NOTHING = {
    "1.1": ["The boxes of detection can be computed from an instance map."],
    "1.2": ["An annotation tool exports a map", "Each row of the table is"],
    "1.3": ["`classes[0]` is 0", "One way to find a region", "Start at an object's pixel", "As long as the list"],
    "2.2": ["Write `cross_entropy`"],
    "2.3": ["How much does it grow", "The logits are so small"],
    "2.4": ["Write `mean_iou`"],
    "3.1": ["A patch classifier looks at the square"],
    "3.3": ["A multiply–add is one product"],
    "4.3": ["No layer is dilated."],
    "4.4": ["A network answers for every $s$-th pixel only: its jump is $s$."],
    "5.1": ["How long is the output"],
    "5.2": ["You may assume that at least one window fits"],
    "5.3": ["Which samples does a layer never read", "What is never read"],
    "5.4": ["A film samples time", "Write `apparent_turns`", "The tests avoid ties"],
    "6.1": ["A convolution is a matrix product"],
    "6.2": ["A transposed convolution writes"],
    "6.3": ["How long is the output"],
    "6.4": ["With kernel size 5, stride 3 and padding 2", "The second layer can make up for that"],
    "6.5": ["A transposed convolution is a plain convolution"],
    "7.1": ["Only then is the output as large"],
    "7.2": ["Follow one axis of an image"],
    "7.3": ["Cut each pixel of a row in two.", "This is what `F.interpolate"],
    "7.4": ["Write `boundary_f_score`"],
    "7.5": ["You may use torch here.", "The page's own Python has only NumPy"],
    "8.1": ["In the paper's U-Net a skip is larger"],
    "8.2": ["The paper's network takes 572 pixels", "All inputs are legal"],
    "8.3": [
        "Write `unet_parameters`",
        "Counted so, the paper's network has 31,030,658.",
        "In Colab or on your computer you may use torch",
        "The page's own Python has only NumPy",
    ],
    "8.4": [
        "A long signal is predicted tile by tile.",
        "For a U-Net it must be a multiple",
        "You may assume that no tile reaches beyond",
    ],
    "9.3": ["Every label other than `ignore_index` is a class", "Then all classes that occur have"],
    "9.4": ["Write `weighted_cross_entropy`"],
    "10.1": ["Two networks with the same IoU"],
    "10.2": ["Models A and B were trained", "That is not asked here"],
    "10.3": ["Models that no other one dominates are worth having"],
    "11.1": ["Images are tiles of larger fields of view."],
    "11.2": ["A network should not have to learn"],
    "11.3": ["A biologist wants numbers, not pictures"],
    "11.4": [
        "To look at the probabilities",
        "This exercise has no single right answer",
        "You tune your answer",
        "When a class is graded",
        "You may use NumPy",
        "A hit is an object",
    ],
}


def plain(text):
    return " ".join(text.split())


def test_every_exercise_has_its_clauses():
    assert list(CLAUSES) == list(catalogue())


@pytest.mark.parametrize("id", CLAUSES)
def test_every_sentence_of_a_prompt_has_a_clause_with_a_case_or_demands_nothing(id):
    prompt = plain(get(id).prompt)
    quotes = [plain(quote) for quote, _, _ in CLAUSES[id]]
    assert [quote for quote in quotes if quote not in prompt] == []
    sentences = re.split(r"(?<=[.?!]) (?=[A-Z$`])", prompt)
    free = DEMAND_NOTHING.get(id, [])
    assert [
        one for one in sentences if not any(quote in one for quote in quotes) and not one.startswith(tuple(free))
    ] == []
    assert all(any(one.startswith(head) for one in sentences) for head in free)


@pytest.mark.parametrize(("id", "group", "answer"), WRONG)
@pytest.mark.parametrize("seeds", [(2016,), pytest.param((0, 1), marks=pytest.mark.slow)], ids=["first", "others"])
def test_an_answer_that_ignores_a_clause_loses_the_group_of_its_case(id, group, answer, seeds):
    for seed in seeds:
        results = {result.group: result for result in judge(get(id), answer, seed).results}
        assert results[group].failure


def cheap(cases, rights):
    """Yield answers that need no thought: a name and a value for each case.

    Cases of an open exercise may ask for the same thing, better and better: there the reference's own value is no guess.
    """
    is_open = any(case.accepts for case in cases)
    for value in (0, 1, -1, 0.0, 0.5, 1.0, *(() if is_open else rights)):
        yield "constant", [value] * len(cases)
    for fill in (np.zeros_like, np.ones_like):
        yield fill.__name__, [fill(right) if isinstance(right, np.ndarray) else fill(right).item() for right in rights]
    for place in range(len(cases[0].args)):
        yield f"argument {place}", [case.args[place] for case in cases]
    for name in cases[0].options:
        yield name, [case.options[name] for case in cases]
    if is_open:
        return
    by_shape = {}
    for case, right in zip(cases, rights, strict=True):
        by_shape.setdefault(shapes(case), right)
    yield "table by shape", [by_shape[shapes(case)] for case in cases]


def shapes(case):
    return tuple(np.shape(value) for value in case.args)


@pytest.mark.parametrize("exercise", catalogue().values(), ids=lambda exercise: exercise.id)
def test_nothing_cheap_earns_a_point(exercise):
    for seed in (2016, 0):
        cases = exercise.draw(seed)
        rights = [run(exercise.solution, case).value for case in cases]
        for name, values in cheap(cases, rights):
            verdict = judge_outcomes(exercise, cases, [Outcome(value) for value in values])
            assert verdict.earned == 0, (name, [result.group for result in verdict.results if result.earned])
