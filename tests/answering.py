"""Answers to exercises for tests: what the references return, and answers that return or raise always the same."""

from collections.abc import Callable, Iterator
from typing import Any

from segbook.exercises import get


def drawn(id: str, seeds: int = 10) -> Iterator[tuple]:
    """Yield (args, options, what the reference returns) of every case of the first seeds."""
    for seed in range(seeds):
        for case in get(id).draw(seed):
            yield case.args, case.options, get(id).solution(*case.args, **case.options)


def constant(value: Any) -> Callable[..., Any]:
    """Answer everything with one value."""
    return lambda *args, **options: value


def raiser(error: BaseException) -> Callable[..., Any]:
    """Answer everything with an error."""

    def answer(*args, **options):
        raise error

    return answer
