"""Break a reference in one place at a time, and see whether the cases of its exercise notice.

Mutation testing (DeMillo, Lipton & Sayward, 1978, doi:10.1109/C-M.1978.218136) asks of every operator, number, name and
statement of a program whether its tests depend on it. Here the program is a reference and its tests are the cases: a
mutant that earns all points is a wrong answer that would, too, or the same function in other words.
"""

import ast
import inspect
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from segbook.exercises.alterations import WATCHES, alternatives
from segbook.exercises.declaration import Case, Exercise
from segbook.exercises.judging import Outcome, is_right, run
from segbook.exercises.source import definition

FILE = "<mutant>"
PATIENCE = 5
"""A mutant may take so many times the steps of the reference, and 1,000 more: there an endless loop ends."""
MEMORY = 2**30
"""So many bytes a mutant may take, where the system can hold it to that."""


@dataclass(frozen=True)
class Mutant:
    """A function with one change.

    Args:
        change: The line before and after, such as "step = 2 ** depth → step = 3 ** depth"; no two mutants of a
            function have the same.
        source: What the function has become, without docstring and annotations.
        original: What it was.
    """

    change: str
    source: str
    original: Callable[..., Any]

    def function(self) -> Callable[..., Any]:
        """Define the changed function."""
        return _defined(self.source, self.original)


def mutants(function: Callable[..., Any]) -> list[Mutant]:
    """Change a function of a module in one place, in every way that we know.

    Args:
        function: One whose source can be read and that needs nothing but its module's names.
    """
    function = inspect.unwrap(function)
    tree = _undressed(function)
    sources, met, found = {ast.unparse(tree)}, Counter[str](), []
    for change in _changed(tree):
        source = ast.unparse(tree)
        if source not in sources:
            sources.add(source)
            met[change] += 1
            number = f" ({met[change]})" if met[change] > 1 else ""
            found.append(Mutant(change + number, source, function))
    return found


def surviving(exercise: Exercise, some: Iterable[Mutant], seeds: Iterable[int]) -> list[Mutant]:
    """Find the mutants that earn all points on the cases of some seed.

    Raises:
        ValueError: If the reference does not run outside its module.
    """
    left, alive = list(some), list[Mutant]()
    for seed in seeds:
        alive += agreeing(exercise, left, exercise.draw(seed))
        left = [mutant for mutant in left if mutant not in alive]
    return alive


def agreeing(exercise: Exercise, some: Iterable[Mutant], cases: Iterable[Case]) -> list[Mutant]:
    """Find the mutants that the judge takes for right in every case.

    Raises:
        ValueError: If the reference does not run outside its module.
    """
    solution = inspect.unwrap(exercise.solution)
    reference = _defined(ast.unparse(_undressed(solution)), solution)
    right = [(case, *_watched(reference, case, sys.maxsize)) for case in cases]
    if failed := next((outcome.error for _, outcome, _ in right if outcome.error), None):
        raise ValueError(f"the reference of exercise {exercise.id} does not run outside its module: {failed}")
    with _contained():
        return [mutant for mutant in some if _agrees(mutant.function(), right)]


def _agrees(function: Callable[..., Any], right: Iterable[tuple[Case, Outcome, int]]) -> bool:
    return all(
        is_right(expected.value, _watched(function, case, 1000 + PATIENCE * steps)[0], case)
        for case, expected, steps in right
    )


@contextmanager
def _contained() -> Iterator[None]:
    """Hold what is run inside to `MEMORY`, where the system can, and keep its warnings to itself."""
    with warnings.catch_warnings(), ExitStack() as stack:
        warnings.simplefilter("ignore")
        with suppress(ImportError, OSError):
            import resource

            used = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
            before = resource.getrlimit(resource.RLIMIT_AS)
            most = [used + MEMORY, *(limit for limit in before if limit != resource.RLIM_INFINITY)]
            resource.setrlimit(resource.RLIMIT_AS, (min(most), before[1]))
            stack.callback(resource.setrlimit, resource.RLIMIT_AS, before)
        yield


def _undressed(function: Callable[..., Any]) -> ast.Module:
    """Parse a function without what only readers see: nothing that it returns depends on that."""
    tree = ast.parse(definition(function))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns, node.body = None, node.body[ast.get_docstring(node) is not None :]
        if isinstance(node, ast.arg):
            node.annotation = None
    return tree


def _defined(source: str, original: Callable[..., Any]) -> Callable[..., Any]:
    names = dict(original.__globals__)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # (1, 2)[True] is doubtful, and so is every mutant
        exec(compile(source, FILE, "exec"), names)
    return names[original.__name__]


def _changed(tree: ast.Module) -> Iterator[str]:
    """Change a function in one place and say what has changed; undo it, and go on with the next."""
    function = tree.body[0]
    names = _bound(function)
    waiting: list[tuple[ast.AST, ast.AST]] = [(function, function)]
    while waiting:
        node, statement = waiting.pop(0)
        for name, value in ast.iter_fields(node):
            for place, child in enumerate(value if isinstance(value, list) else [value]):
                watches = isinstance(child, ast.keyword) and child.arg in WATCHES
                if not isinstance(child, ast.AST) or isinstance(child, ast.arguments) or watches:
                    continue
                inside = child if isinstance(child, ast.stmt) else statement
                waiting.append((child, inside))
                before = _first_line(inside)
                for other in alternatives(child, names):
                    _put(node, name, place, other)
                    after = _first_line(other if inside is child else inside)
                    yield f"{before} → {'nothing' if after == 'pass' else after}"
                _put(node, name, place, child)


def _put(node: ast.AST, name: str, place: int, part: ast.AST) -> None:
    value = getattr(node, name)
    if isinstance(value, list):
        value[place] = part
    else:
        setattr(node, name, part)


def _bound(function: ast.AST) -> list[str]:
    """A function's own names, arguments first, in the order in which they stand."""
    nodes = list(ast.walk(function))
    stored = [node for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    stored.sort(key=lambda node: (node.lineno, node.col_offset))
    return list(
        dict.fromkeys([*(node.arg for node in nodes if isinstance(node, ast.arg)), *(one.id for one in stored)])
    )


def _first_line(statement: ast.AST) -> str:
    return ast.unparse(statement).splitlines()[0]


def _watched(function: Callable[..., Any], case: Case, most: int) -> tuple[Outcome, int]:
    """Run a function on a case for so many steps of the interpreter: as many on every machine, unlike seconds."""
    steps = 0

    def enter(frame: FrameType, event: str, arg: Any) -> Any:
        if frame.f_code.co_filename != FILE:
            return None
        frame.f_trace_lines, frame.f_trace_opcodes = False, True
        return step

    def step(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal steps
        steps += 1
        if steps > most:
            raise TimeoutError(f"no end after {most} steps")
        return step

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        return run(function, case), steps
    finally:
        sys.settrace(before)
