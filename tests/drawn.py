"""The cases of an exercise with what its reference returns, for tests against independent computations."""

from collections.abc import Iterator

from segbook.exercises import get


def drawn(id: str, seeds: int = 10) -> Iterator[tuple]:
    """Yield (args, options, result) of every case of the first seeds."""
    for seed in range(seeds):
        for case in get(id).draw(seed):
            yield case.args, case.options, get(id).solution(*case.args, **case.options)
