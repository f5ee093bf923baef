"""Many alike: `make test` takes a sample of them, `make test-all` the rest."""

import random
from collections.abc import Iterable
from typing import Any

import pytest


def sampled(name: str, whole: Iterable[Any], few: int) -> pytest.MarkDecorator:
    """Parametrise a test by two lists: a few of the whole, and all the others, marked slow.

    The few are drawn, always the same, so that they are no corner of a grid.
    """
    drawn = list(whole)
    random.Random(0).shuffle(drawn)
    others = pytest.param(drawn[few:], id="others", marks=pytest.mark.slow)
    return pytest.mark.parametrize(name, [pytest.param(drawn[:few], id="few"), others])


def few_of(whole: Iterable[Any], few: int) -> list[Any]:
    """List parameters that are tested one by one: a few of the whole, always the same, and the others marked slow."""
    every = list(whole)
    drawn = random.Random(0).sample(range(len(every)), few)
    return [one if i in drawn else pytest.param(one, marks=pytest.mark.slow) for i, one in enumerate(every)]


def walks(few: int, many: int) -> pytest.MarkDecorator:
    """Parametrise a random walk by its turns: a few, and many, marked slow."""
    return pytest.mark.parametrize("turns", [few, pytest.param(many, marks=pytest.mark.slow)])
