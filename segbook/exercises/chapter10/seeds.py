"""10.2: the difference of two models over the same seeds."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="10.2",
    title="Seed by seed",
    level=1,
    points={"same order": 2, "shuffled": 1, "unmatched": 1},
    prompt="""\
Models A and B were trained with several seeds each. A seed fixes the first weights and the batches, so good luck is
shared, and the fair comparison is made seed by seed: subtract A's score from B's wherever both have a run with that
seed. Runs stand in any order; a seed that only
one of them has does not count. The spread of $n$ differences is their standard deviation, which divides by $n - 1$.

Write `paired_difference`: from the seeds and scores of A and of B (four arrays; `scores_a[i]` belongs to
`seeds_a[i]`, no seed occurs twice in one model, at least three are shared), return the mean and the standard deviation
of the differences, as an array of two numbers. (To call B better, you would compare the mean with spread
$/ \\sqrt{n}$. That is not asked here.)""",
    hints=(
        "Write the differences down first, one for each seed that both models have. Their mean and spread come last.",
        "scores_b[seeds_b == seed][0] looks up B's score of one seed. For which seeds can you do that for both?",
        "np.array([differences.mean(), differences.std(ddof=1)]).",
    ),
)


@exercise.reference
def paired_difference(
    seeds_a: np.ndarray,
    scores_a: np.ndarray,
    seeds_b: np.ndarray,
    scores_b: np.ndarray,
) -> np.ndarray:
    """Subtract A's scores from B's, seed by seed; give the mean and the spread.

    >>> seeds = np.array([0, 1, 2])
    >>> a, b = np.array([0.5, 0.75, 1.0]), np.array([0.75, 1.0, 1.25])
    >>> paired_difference(seeds, a, seeds, b)
    array([0.25, 0.  ])
    """
    shared = [seed for seed in seeds_a if seed in seeds_b]
    differences = np.array([scores_b[seeds_b == seed][0] - scores_a[seeds_a == seed][0] for seed in shared])
    return np.array([differences.mean(), differences.std(ddof=1)])


@exercise.cases
def cases(rng):
    """Draw runs in the same order, runs in another order, and runs of which some lack their partner."""
    more = np.array([3, 8, 1, 9]), np.array([0.75, 0.5, 0.875, 0.625])  # A has a run more, and mostly better ones
    yield "unmatched", (*more, np.array([1, 3, 9]), np.array([0.5, 0.625, 0.75]))
    for round in range(4):
        for group in ("same order", "shuffled", "unmatched"):
            runs = _runs(rng, group)
            yield group, runs if round % 2 else (*runs[2:], *runs[:2])  # either model may be the better one


def _runs(rng, group):
    """Draw until pairing by place, and not pairing at all, both give another answer."""
    while True:
        number = whole(rng, 3, 6)
        seeds = rng.permutation(20)[: number + 2] * 106
        level = rng.integers(60, 90, number + 2) / 100
        a, b = level + rng.integers(-2, 3, number + 2) / 200, level + rng.integers(1, 8, number + 2) / 200
        first, second = np.arange(number), np.arange(number)
        if group != "same order":
            second = rng.permutation(number)
        if group == "unmatched":
            first, second = np.append(first, number), np.append(second, number + 1)
            first, second = rng.permutation(first), rng.permutation(second)
        given = (seeds[first], a[first], seeds[second], b[second])
        right, mistakes = paired_difference(*given), [_not_paired, _best_seeds]
        mistakes += {"same order": [], "shuffled": [_by_place], "unmatched": [_by_place, _shared_by_place]}[group]
        others = [right, *(mistake(*given) for mistake in mistakes)]
        apart = min(abs(one - other).max() for i, one in enumerate(others) for other in others[:i])
        if apart > 1e-3 and right[1] > 1e-2:
            return given


@exercise.misconception("not paired", loses={"same order", "shuffled", "unmatched"})
def _not_paired(seeds_a, scores_a, seeds_b, scores_b):
    """Your spread adds the two models' own spreads, as if their runs had nothing in common. Subtract seed by seed
    first: luck that both share then drops out.
    """
    mean = paired_difference(seeds_a, scores_a, seeds_b, scores_b)[0]
    a, b = (scores[np.isin(seeds, others)] for scores, seeds, others in (
        (scores_a, seeds_a, seeds_b), (scores_b, seeds_b, seeds_a)))  # fmt: skip
    return np.array([mean, np.sqrt(a.var(ddof=1) + b.var(ddof=1))])


@exercise.misconception("paired by place", loses={"shuffled", "unmatched"})
def _by_place(seeds_a, scores_a, seeds_b, scores_b):
    """You subtract run by run in the order in which they stand. Look the partner up by its seed."""
    differences = scores_b - scores_a
    return np.array([differences.mean(), differences.std(ddof=1)])


def _differences(seeds_a, scores_a, seeds_b, scores_b):
    shared = [seed for seed in seeds_a if seed in seeds_b]
    return np.array([scores_b[seeds_b == seed][0] - scores_a[seeds_a == seed][0] for seed in shared])


@exercise.misconception("divided by n", loses={"same order", "shuffled", "unmatched"})
def _(*runs):
    """Your spread is a little small: it divides by n. From n runs one estimates the spread with n − 1 (ddof=1)."""
    differences = _differences(*runs)
    return np.array([differences.mean(), differences.std()])


@exercise.misconception("best seeds", loses={"same order", "shuffled", "unmatched"})
def _best_seeds(seeds_a, scores_a, seeds_b, scores_b):
    """You compare the best run of each model. That rewards luck, and more runs. Take the mean over all seeds."""
    spread = paired_difference(seeds_a, scores_a, seeds_b, scores_b)[1]
    return np.array([scores_b.max() - scores_a.max(), spread])


@exercise.misconception("standard error", loses={"same order", "shuffled", "unmatched"})
def _(*runs):
    """You divide the spread by √n. That is how well the mean is known; the task asks how much the differences vary from
    seed to seed.
    """
    differences = _differences(*runs)
    return np.array([differences.mean(), differences.std(ddof=1) / np.sqrt(len(differences))])


@exercise.misconception("A minus B", loses={"same order", "shuffled", "unmatched"})
def _(*runs):
    """Your mean has the wrong sign: subtract A's score from B's, so that it is positive where B is better."""
    return paired_difference(*runs) * [-1, 1]


@exercise.misconception("sign dropped", loses={"same order", "shuffled", "unmatched"})
def _(*runs):
    """Your mean is never negative. Where A is better, B minus A is below 0."""
    return abs(paired_difference(*runs))


@exercise.misconception("paired by rank", loses={"unmatched"})
def _(seeds_a, scores_a, seeds_b, scores_b):
    """You sort both by seed and subtract by place. A seed that only one of them has moves all later runs out of step:
    keep shared seeds only.
    """
    a, b = scores_a[np.argsort(seeds_a)], scores_b[np.argsort(seeds_b)]
    count = min(len(a), len(b))
    differences = b[:count] - a[:count]
    return np.array([differences.mean(), differences.std(ddof=1)])


@exercise.misconception("missing runs count 0", loses={"unmatched"})
def _(seeds_a, scores_a, seeds_b, scores_b):
    """You give a run that is missing the score 0. A seed that only one model has does not count."""
    missing = np.setdiff1d(seeds_a, seeds_b)
    seeds, scores = np.append(seeds_b, missing), np.append(scores_b, np.zeros(len(missing)))
    return paired_difference(seeds_a, scores_a, seeds, scores)


@exercise.misconception("spread first", loses={"same order", "shuffled", "unmatched"})
def _(*runs):
    """Your two numbers are in the other order: the mean comes first."""
    return paired_difference(*runs)[::-1]


@exercise.variant("paired by place")
def _(seeds_a, scores_a, seeds_b, scores_b):
    count = min(len(scores_a), len(scores_b))
    differences = scores_b[:count] - scores_a[:count]
    return np.array([differences.mean(), differences.std(ddof=1)])


@exercise.misconception("shared runs paired by place", loses={"shuffled", "unmatched"})
def _shared_by_place(seeds_a, scores_a, seeds_b, scores_b):
    """You keep the runs whose seed both models have, and subtract them in the order in which they stand. That order may
    differ: sort both by seed, or look the partner up.
    """
    differences = scores_b[np.isin(seeds_b, seeds_a)] - scores_a[np.isin(seeds_a, seeds_b)]
    return np.array([differences.mean(), differences.std(ddof=1)])


@exercise.variant("paired by rank")
def _(seeds_a, scores_a, seeds_b, scores_b):
    differences = scores_b[np.argsort(seeds_b)] - scores_a[np.argsort(seeds_a)]
    return np.array([differences.mean(), differences.std(ddof=1)])


@exercise.variant("not paired")
def _(seeds_a, scores_a, seeds_b, scores_b):
    mean = paired_difference(seeds_a, scores_a, seeds_b, scores_b)[0]
    return np.array([mean, np.sqrt(scores_a.var(ddof=1) + scores_b.var(ddof=1))])


@exercise.variant("not paired")
def _(seeds_a, scores_a, seeds_b, scores_b):
    return np.array([scores_b.mean() - scores_a.mean(), np.sqrt(scores_a.var(ddof=1) + scores_b.var(ddof=1))])


@exercise.variant("sign dropped")
def _(*runs):
    differences = _differences(*runs)
    return np.array([abs(differences).mean(), differences.std(ddof=1)])


@exercise.variant("sign dropped")
def _(*runs):
    differences = abs(_differences(*runs))
    return np.array([differences.mean(), differences.std(ddof=1)])


@exercise.variant("missing runs count 0")
def _(seeds_a, scores_a, seeds_b, scores_b):
    seeds = np.union1d(seeds_a, seeds_b)
    a, b = ([scores[own == seed].sum() for seed in seeds] for own, scores in ((seeds_a, scores_a), (seeds_b, scores_b)))
    differences = np.subtract(b, a)
    return np.array([differences.mean(), differences.std(ddof=1)])


@exercise.misconception("variance", loses={"same order", "shuffled", "unmatched"})
def _(*runs):
    """You return the variance of the differences. Their standard deviation is its square root."""
    return paired_difference(*runs) ** [1, 2]
