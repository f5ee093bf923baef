"""Right answers that other people would write (tests/answers) earn full marks: by other ways, in other dtypes."""

from importlib import import_module
from pathlib import Path

import pytest

from segbook.exercises import get, judge

SEEDS = range(10)
MODULES = [import_module(f"answers.{path.stem}") for path in sorted(Path(__file__).parents[1].glob("answers/*.py"))]


@pytest.mark.parametrize(
    ("id", "answer"),
    [
        (id, answer)
        for module in MODULES
        for answers in (module.ALLOWED, module.NOT_ALLOWED)
        for id, some in answers.items()
        for answer in some
    ],
)
def test_another_right_way_earns_full_marks(id, answer):
    for seed in SEEDS:
        verdict = judge(get(id), answer, seed)
        assert verdict.earned == verdict.possible, [result.failure for result in verdict.results]
