"""What a class is graded by: the exercises, the secret, the limits. It is sent to every process that grades."""

import hashlib
import hmac
import inspect
import linecache
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType

from segbook.exercises import Exercise, catalogue, exercises_in
from segbook.grading.results import FORM
from segbook.grading.sandbox import Limits

DASH = re.compile("[‐‑‒–—−]")  # hyphens, dashes and a minus, as texts have them


@dataclass(frozen=True)
class Plan:
    """How to grade.

    Args:
        secret: The instructor's seed; hidden cases are drawn from it.
        ids: The exercises that count, in order.
        private: The instructor's own declarations: the text of each file, by name.
        limits: What a submission may use.
        sandbox: False runs student code as an ordinary process, and marks every result.
    """

    secret: str
    ids: tuple[str, ...]
    private: tuple[tuple[str, str], ...] = ()
    limits: Limits = field(default_factory=Limits)
    sandbox: bool = True

    def exercises(self) -> list[Exercise]:
        """The exercises that count."""
        known = declared(self.private)
        return [known[id] for id in self.ids]

    def seed(self, id: str) -> int:
        """The seed of an exercise's cases: the same for all students, not to be guessed without the secret."""
        digest = hmac.new(self.secret.encode(), id.encode(), hashlib.sha256).digest()
        return int.from_bytes(digest[:6], "big")


@cache
def fingerprint(plan: Plan) -> str:
    """What a result depends on besides the submission; the secret cannot be read from it."""
    parts = [str(FORM), str(plan.sandbox), repr(sorted(asdict(plan.limits).items())), *map(str, plan.private)]
    for exercise in plan.exercises():
        parts += [exercise.id, str(plan.seed(exercise.id)), _source(exercise)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@cache
def declared(private: tuple[tuple[str, str], ...]) -> Mapping[str, Exercise]:
    """Load the instructor's own declarations, or the book's if there are none.

    Raises:
        ValueError: If a file cannot be loaded or declares nothing.
    """
    if not private:
        return catalogue()
    found: dict[str, Exercise] = {}
    for name, text in private:
        module = ModuleType(f"private_{Path(name).stem}")
        sys.modules[module.__name__] = module
        # Where its source is read; another exam may have a file of that name.
        place = f"{hashlib.sha256(text.encode()).hexdigest()[:12]}/{name}"
        linecache.cache[place] = (len(text), None, text.splitlines(keepends=True), place)
        try:
            exec(compile(text, place, "exec"), module.__dict__)  # the instructor's own code, never a student's
            own = exercises_in(module)
        except Exception as error:
            raise ValueError(f"{name} cannot be loaded: {type(error).__name__}: {error}") from error
        if not own:
            raise ValueError(f"{name} declares no exercise; begin it with exercise = Exercise(...)")
        for exercise in own:
            if exercise.id in found:
                raise ValueError(f"exercise {exercise.id} is declared twice; the second time in {name}")
            found[exercise.id] = exercise
    return found


def read_private(folder: Path) -> tuple[tuple[str, str], ...]:
    """Read the text of all Python files in a folder.

    Raises:
        ValueError: If there is none.
    """
    if folder.is_file():
        raise ValueError(f"{folder} is a file; name the folder, {folder.parent}: all declarations in it are read")
    files = sorted(folder.glob("[!_]*.py"))
    if not files:
        raise ValueError(f"{folder} holds no .py file with declarations")
    return tuple((file.name, file.read_text("utf-8")) for file in files)


def select(known: Iterable[str], only: str) -> tuple[str, ...]:
    """Choose exercises by id, by chapter, or from one of these to another.

    >>> select(["5.1", "6.1", "6.2", "10.1"], "6,10.1")
    ('6.1', '6.2', '10.1')
    >>> select(["5.1", "6.1", "6.2", "6.3", "10.1"], "5-6.2, 10")
    ('5.1', '6.1', '6.2', '10.1')
    >>> select(["6.1", "6.2", "6.3"], "6.1–6.2")  # a dash as texts have it
    ('6.1', '6.2')

    Raises:
        ValueError: If a part chooses none, or runs backwards.
    """
    known = list(known)
    chosen: list[str] = []
    for part in filter(None, (part.strip() for part in DASH.sub("-", only).split(","))):
        matching = _matching(known, part)
        if not matching and "-" in part:
            first, last = (_matching(known, end.strip()) for end in part.split("-", maxsplit=1))
            matching = known[known.index(first[0]) : known.index(last[-1]) + 1] if first and last else []
            if first and last and not matching:
                ends = [end.strip() for end in part.split("-", maxsplit=1)]
                raise ValueError(f"{part!r} runs backwards; write {'-'.join(reversed(ends))}")
        if not matching:
            raise ValueError(f"there is no exercise or chapter {part!r}; the exercises are {', '.join(known)}")
        chosen += [id for id in matching if id not in chosen]
    return tuple(chosen or known)


def _matching(known: Sequence[str], part: str) -> list[str]:
    return [id for id in known if id == part or id.startswith(f"{part}.")]


def _source(exercise: Exercise) -> str:
    """The text that declares an exercise; private ones have theirs in the plan."""
    module = inspect.getmodule(exercise.solution)
    try:
        return inspect.getsource(module) if module else ""
    except (OSError, TypeError):
        return ""
