"""What an exercise is: a reference solution, the cases that try an answer, and the mistakes we know.

An exercise is declared once. `check` in a notebook, the grader of a class and the tests of both read the same object.
"""

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

import numpy as np

LEVELS = ("easy", "medium", "hard")


@dataclass(frozen=True, eq=False)
class Case:
    """One call of the learner's function: `answer(*args, **options)`.

    Args:
        group: The group of cases it belongs to, such as "basic" or "padding".
        args: Positional arguments: integers and NumPy arrays.
        options: Keyword arguments, such as `{"stride": 2}`.
    """

    group: str
    args: tuple
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Misconception:
    """A wrong solution that learners really write, and the hint that helps them.

    Args:
        name: A few words for the instructor, such as "dilation ignored".
        answer: A function that makes exactly this mistake.
        hint: What to say to a learner whose answers are the same.
        loses: The groups in which this mistake shows; the points of all others are earned.
    """

    name: str
    answer: Callable[..., Any]
    hint: str
    loses: Set[str]


@dataclass(frozen=True, eq=False)
class Exercise:
    """One graded exercise.

    Args:
        id: Chapter and number, such as "6.3".
        title: The heading in the notebook, without the id.
        prompt: The task in Markdown; the notebook repeats it word for word.
        points: What each group of cases is worth, easiest first. A group is all or nothing, so that partial knowledge
            earns partial credit.
        reference: The right solution. Learners write a function of its name and see its source when they ask for it;
            it returns an int, a float or an array.
        cases: Draws the cases from a seeded generator; every group gets at least one.
        misconceptions: At least three wrong solutions.
        hints: Two or three, for learners who ask: the first a nudge, the last nearly the answer.
        allows: Packages besides NumPy that an answer may use when a class is graded, such as ("torch",).
        level: How hard it is: 1, 2 or 3, for easy, medium and hard.

    Raises:
        ValueError: If the declaration contradicts itself.
    """

    id: str
    title: str
    prompt: str
    points: Mapping[str, int]
    reference: Callable[..., Any]
    cases: Callable[[np.random.Generator], Iterable[Case]]
    misconceptions: tuple[Misconception, ...]
    hints: tuple[str, ...]
    allows: tuple[str, ...] = ()
    level: int = 2

    def __post_init__(self) -> None:
        for name in ("id", "title", "prompt"):
            if not getattr(self, name).strip():
                raise ValueError(f"exercise {self.id!r}: {name} is empty; it must say something")
        if not self.points:
            raise ValueError(f'exercise {self.id}: no points; give each group some, such as {{"basic": 2}}')
        for group, points in self.points.items():
            if isinstance(points, bool) or not isinstance(points, int) or points < 1:
                raise ValueError(f"exercise {self.id}: group {group!r} is worth {points!r}; it must be 1, 2, 3 …")
        if self.level not in range(1, len(LEVELS) + 1):
            raise ValueError(f"exercise {self.id}: level {self.level!r}; it must be 1, 2 or 3 ({', '.join(LEVELS)})")
        if len(self.misconceptions) < 3:
            raise ValueError(f"exercise {self.id}: {len(self.misconceptions)} misconceptions; declare at least 3")
        if len(self.hints) not in (2, 3) or not all(hint.strip() for hint in self.hints):
            raise ValueError(f"exercise {self.id}: {len(self.hints)} hints; give 2 or 3, each of which says something")
        names = [misconception.name for misconception in self.misconceptions]
        if len(set(names)) < len(names):
            raise ValueError(f"exercise {self.id}: misconceptions must have different names; got {', '.join(names)}")
        for misconception in self.misconceptions:
            self._check_misconception(misconception)
        self.draw(seed=0)

    @property
    def name(self) -> str:
        """The name of the function that the learner writes."""
        return self.reference.__name__

    def draw(self, seed: int) -> tuple[Case, ...]:
        """Draw the cases of one seed.

        Raises:
            ValueError: If the groups of the cases are not the groups that earn points.
        """
        cases = tuple(self.cases(np.random.default_rng(seed)))
        drawn, worth = {case.group for case in cases}, set(self.points)
        if drawn != worth:
            raise ValueError(
                f"exercise {self.id}: cases are drawn for {_listed(drawn)}, points are given for {_listed(worth)}; "
                f"both must name the same groups"
            )
        return cases

    def _check_misconception(self, misconception: Misconception) -> None:
        where = f"exercise {self.id}, misconception {misconception.name!r}"
        if not misconception.name.strip() or not misconception.hint.strip():
            raise ValueError(f"{where}: the name and the hint must both say something")
        if not misconception.loses:
            raise ValueError(f"{where}: loses no group, so nothing tells it from a right answer; name at least one")
        unknown = set(misconception.loses) - set(self.points)
        if unknown:
            raise ValueError(f"{where}: loses {_listed(unknown)}, but the groups are {_listed(self.points)}")


def _listed(groups: Iterable[str]) -> str:
    return ", ".join(sorted(groups)) or "none"
