"""What an exercise is: a prompt, a right solution, the cases that try an answer, and the mistakes we know.

An exercise is declared once, in a module that reads from top to bottom:

    exercise = Exercise(id="6.3", title="Output size", points={"basic": 2}, prompt="How long …?", hints=("Count …", …))

    @exercise.reference
    def conv_transpose_output_size(input_size, kernel_size, *, stride):
        return (input_size - 1) * stride + kernel_size

    @exercise.cases
    def cases(rng):
        yield "basic", (2, 3), dict(stride=2)

    @exercise.misconception("input size times stride", loses={"basic"})
    def _(input_size, kernel_size, *, stride):
        "You multiply the size by the stride. …"  # the docstring is the hint
        return input_size * stride

    @exercise.variant("input size times stride")  # the same mistake in another way, with the same hint
    def _(input_size, kernel_size, *, stride):
        return input_size * stride + kernel_size

`check` in a notebook, the notebook itself, the grader of a class and the tests of all three read the same object.
"""

import inspect
import reprlib
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any, TypeVar

import numpy as np

LEVELS = ("easy", "medium", "hard")

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, eq=False)
class Case:
    """One call of the learner's function: `answer(*args, **options)`.

    Args:
        group: The group of cases it belongs to, such as "basic" or "padding".
        args: Positional arguments: integers and NumPy arrays.
        options: Keyword arguments, such as `{"stride": 2}`.
        accepts: Where many answers are right: says in a sentence what is wrong with an array of the form of the
            reference's, or nothing. Left out, an answer must equal the reference's.
    """

    group: str
    args: tuple
    options: Mapping[str, Any] = field(default_factory=dict)
    accepts: Callable[[np.ndarray], str] | None = None

    @property
    def size(self) -> tuple[int, int | float | np.number]:
        """How much there is to follow by hand: the entries of its arrays, then how large its numbers are."""
        values = (*self.args, *self.options.values())
        entries = sum(value.size for value in values if isinstance(value, np.ndarray))
        return entries, sum(abs(value) for value in values if isinstance(value, int | float | np.number))


@dataclass(frozen=True, eq=False)
class Misconception:
    """A wrong solution that learners really write, and the hint that helps them.

    Args:
        name: A few words for the instructor, such as "dilation ignored".
        answer: A function that makes exactly this mistake; its docstring is the hint.
        loses: The groups in which this mistake shows; the points of all others are earned.
        variants: The same mistake written in other ways, where these return something else; their hint is this one's.
    """

    name: str
    answer: Callable[..., Any]
    loses: Set[str]
    variants: "tuple[Misconception, ...]" = ()

    @property
    def ways(self) -> "tuple[Misconception, ...]":
        """This mistake and its variants: a learner makes one of them, the same in every case."""
        return (self, *self.variants)

    @property
    def hint(self) -> str:
        """What to say to a learner whose answers are the same, in one line."""
        return " ".join((inspect.getdoc(self.answer) or "").split())


def _missing(*args: Any, **options: Any) -> Any:
    """Stand where a declaration has not yet named its function."""
    raise NotImplementedError


@dataclass(eq=False, kw_only=True)
class Exercise:
    """One graded exercise. It is checked when it is first used, for until then its functions are still to come.

    Args:
        id: Chapter and number, such as "6.3".
        title: The heading in the notebook, without the id.
        level: How hard it is: 1, 2 or 3, for easy, medium and hard.
        points: What each group of cases is worth, easiest first. A group is all or nothing, so that partial knowledge
            earns partial credit.
        prompt: The task in Markdown, as the notebook shows it.
        hints: Two or three, for learners who ask: the first a nudge, the last nearly the answer.
        allows: Packages besides NumPy that an answer may use when a class is graded, such as ("torch",).
        shown: Code of the chapter that solves a part of it: who uses it does as others do.
        solution: The right solution; `reference` sets it.
        draw_cases: The generator of cases; `cases` sets it.
        misconceptions: At least three wrong solutions; `misconception` adds one.
    """

    id: str
    title: str
    level: int = 2
    points: Mapping[str, int]
    prompt: str
    hints: tuple[str, ...]
    allows: tuple[str, ...] = ()
    shown: str = ""
    solution: Callable[..., Any] = _missing
    draw_cases: Callable[[np.random.Generator], Iterable[tuple]] = _missing
    misconceptions: tuple[Misconception, ...] = ()

    def reference(self, function: Function) -> Function:
        """Declare the right solution: `@exercise.reference`.

        Learners write a function of its name, begin with its signature and docstring, and see its source when they
        ask for it. It returns an int, a float or an array.
        """
        if self.solution is not _missing:
            raise ValueError(f"exercise {self.id} has two references: {self.name} and {function.__name__}")
        self.solution = function
        return function

    def cases(self, function: Function) -> Function:
        """Declare what draws the cases from a seeded generator: `@exercise.cases`.

        It yields (group, args), (group, args, options) or (group, args, options, accepts), at least one for each group.
        """
        if self.draw_cases is not _missing:
            raise ValueError(f"exercise {self.id} draws its cases twice; let one function yield all of them")
        self.draw_cases = function
        return function

    def misconception(self, name: str, *, loses: Set[str]) -> Callable[[Function], Function]:
        """Declare a wrong solution: `@exercise.misconception("dilation ignored", loses={"dilation"})`.

        Args:
            name: A few words for the instructor.
            loses: The groups in which this mistake shows.
        """

        def declare(function: Function) -> Function:
            self.misconceptions += (Misconception(name, function, loses),)
            return function

        return declare

    def variant(self, name: str, *, loses: Set[str] = frozenset()) -> Callable[[Function], Function]:
        """Declare another way to make a declared mistake: `@exercise.variant("dilation ignored")`.

        Args:
            name: Of the misconception, whose hint it shares.
            loses: The groups in which this way shows; those of the misconception if empty.

        Raises:
            ValueError: If no such misconception is declared above.
        """
        at = next((i for i, one in enumerate(self.misconceptions) if one.name == name), None)
        if at is None:
            raise ValueError(f"exercise {self.id}: a variant of {name!r}, which is no misconception declared above it")

        def declare(function: Function) -> Function:
            one, known = self.misconceptions[at], list(self.misconceptions)
            known[at] = replace(one, variants=(*one.variants, Misconception(name, function, loses or one.loses)))
            self.misconceptions = tuple(known)
            return function

        return declare

    @property
    def name(self) -> str:
        """The name of the function that the learner writes."""
        return self.solution.__name__

    @property
    def is_open(self) -> bool:
        """Whether answers that differ from the reference's can be right."""
        return any(case.accepts for case in self.draw(0))

    def draw(self, seed: int) -> tuple[Case, ...]:
        """Draw the cases of one seed, small ones first, so that the first that fails is the easiest to follow.

        Raises:
            ValueError: If the declaration is not complete, or contradicts itself.
        """
        self._check()
        every = map(self._case, self.draw_cases(np.random.default_rng(seed)))
        cases = tuple(sorted(every, key=lambda case: case.size))
        drawn, worth = {case.group for case in cases}, set(self.points)
        if drawn != worth:
            raise ValueError(
                f"exercise {self.id}: cases are drawn for {_listed(drawn)}, points are given for {_listed(worth)}; "
                f"both must name the same groups"
            )
        return cases

    def _check(self) -> None:
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
        if len(self.hints) not in (2, 3) or not all(hint.strip() for hint in self.hints):
            raise ValueError(f"exercise {self.id}: {len(self.hints)} hints; give 2 or 3, each of which says something")
        for function, decorator in ((self.solution, "reference"), (self.draw_cases, "cases")):
            if function is _missing:
                raise ValueError(f"exercise {self.id}: no {decorator}; put @exercise.{decorator} above a function")
        if len(self.misconceptions) < 3:
            raise ValueError(f"exercise {self.id}: {len(self.misconceptions)} misconceptions; declare at least 3")
        names = [misconception.name for misconception in self.misconceptions]
        if len(set(names)) < len(names):
            raise ValueError(f"exercise {self.id}: misconceptions must have different names; got {', '.join(names)}")
        for misconception in self.misconceptions:
            self._check_misconception(misconception)

    def _check_misconception(self, misconception: Misconception) -> None:
        where = f"exercise {self.id}, misconception {misconception.name!r}"
        if not misconception.name.strip() or not misconception.hint:
            raise ValueError(f"{where}: the name and the hint, its docstring, must both say something")
        if not misconception.loses:
            raise ValueError(f"{where}: loses no group, so nothing tells it from a right answer; name at least one")
        unknown = {group for way in misconception.ways for group in way.loses} - set(self.points)
        if unknown:
            raise ValueError(f"{where}: loses {_listed(unknown)}, but the groups are {_listed(self.points)}")

    def _case(self, drawn: Any) -> Case:
        match drawn:
            case (str(group), tuple(args)):
                return Case(group, args)
            case (str(group), tuple(args), Mapping() as options):
                return Case(group, args, options)
            case (str(group), tuple(args), Mapping() as options, Callable() as accepts):
                return Case(group, args, options, accepts)
        raise ValueError(
            f"exercise {self.id}: {reprlib.repr(drawn)} is no case; yield (group, args) or (group, args, options), "
            f'such as ("basic", (2, 3), {{"stride": 1}})'
        )


def exercises_in(module: ModuleType) -> list[Exercise]:
    """List the exercises that a module declares, in its order, each of them checked.

    Raises:
        ValueError: If one is not complete, or contradicts itself.
    """
    found = list(dict.fromkeys(value for value in vars(module).values() if isinstance(value, Exercise)))
    for exercise in found:
        exercise.draw(seed=0)
    return found


def _listed(groups: Iterable[str]) -> str:
    return ", ".join(sorted(groups)) or "none"
