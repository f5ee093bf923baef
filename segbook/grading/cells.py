"""Read a cell as IPython does, statement by statement; used by the worker inside the sandbox.

What is no Python is turned into Python by IPython's own file, which lies beside this one in the sandbox: there it may
take time and memory like everything else of the student's.
"""

import __future__  # its flags: `from __future__ import annotations` holds for all later cells

import ast
import re
import sys
from collections.abc import Callable, Container
from functools import cache
from types import ModuleType

RUN_THEIR_CELL = "time|timeit|capture|prun|memit|mprun|lprun|heat|scalene|wandb|debug"
CELL_MAGIC = re.compile(rf"\s*%%(?:{RUN_THEIR_CELL})\b[^\n]*\n?")
ANNOTATIONS = __future__.annotations.compiler_flag

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def parse(source: str, flags: int) -> ast.Module:
    """Parse a cell.

    Raises:
        SyntaxError: If it is neither Python nor what IPython turns into Python. It says which Python was meant.
    """
    while magic := CELL_MAGIC.match(source):
        source = source[magic.end() :]
    try:
        return _parse_python(source, flags)
    except SyntaxError:
        pass
    try:
        return _parse_python(_ipython()(source), flags)
    except SyntaxError as error:
        error.msg = f"{error.msg} (Python {sys.version_info.major}.{sys.version_info.minor} runs it here)"
        raise


def flags_of(statement: ast.stmt) -> int:
    """The compiler's flags that `from __future__ import …` turns on."""
    if not isinstance(statement, ast.ImportFrom) or statement.module != "__future__":
        return 0
    features = [getattr(__future__, one.name, None) for one in statement.names]
    return sum(feature.compiler_flag for feature in features if feature)


def bound_by(statement: ast.stmt) -> set[str]:
    """The names that a statement would have bound, had it run to its end."""
    names = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, Definition):
            names.add(node.name)
        elif isinstance(node, ast.alias):
            names.add(node.asname or node.name.partition(".")[0])
    return names


def defined_by(statement: ast.stmt) -> set[str]:
    """The names that a function, a class, an import or a value without a call gives; none for other statements."""
    if isinstance(statement, Definition):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return bound_by(statement) - {"*"}
    called = any(isinstance(node, ast.Call | ast.Await) for node in ast.walk(statement))
    return bound_by(statement) if isinstance(statement, ast.Assign | ast.AnnAssign) and not called else set()


def gives(statement: ast.stmt) -> set[str]:
    """The names that a definition or a plain assignment gives, also one that calls something for its value."""
    return defined_by(statement) or (
        bound_by(statement) if isinstance(statement, ast.Assign | ast.AnnAssign) else set()
    )


def annotated_by(statement: Definition) -> set[str]:
    """The names that the annotations in a definition need."""
    nodes = [*ast.walk(statement)]
    hints = [node.annotation for node in nodes if isinstance(node, ast.arg | ast.AnnAssign)]
    hints += [node.returns for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {part.id for hint in hints if hint for part in ast.walk(hint) if isinstance(part, ast.Name)}


def checked(tree: ast.Module) -> dict[str, str]:
    """The names of functions that calls of `check` are given, by exercise."""
    found = {}
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Name(id="check") | ast.Attribute(attr="check"),
                args=[ast.Constant(value=str(id)), ast.Name(id=name), *_],
            ):
                found[id] = name
    return found


def does_nothing(function: object) -> bool:
    """Tell an untouched stub from a function that lacks its return, as `segbook.exercises.judging` does."""
    import dis

    idle = {"RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}
    code = getattr(function, "__code__", None)
    return code is not None and {step.opname for step in dis.get_instructions(code)} <= idle


def without(statement: Definition, lost: Container[str]) -> Definition:
    """Take from a definition the decorators, default values and base classes that need a name that was lost."""

    def needs(node: ast.expr | None) -> bool:
        return node is not None and any(isinstance(part, ast.Name) and part.id in lost for part in ast.walk(node))

    nothing = ast.copy_location(ast.Constant(None), statement)
    for node in ast.walk(statement):
        if isinstance(node, Definition):
            node.decorator_list = [one for one in node.decorator_list if not needs(one)]
        if isinstance(node, ast.ClassDef):
            node.bases = [one for one in node.bases if not needs(one)]
        if isinstance(node, ast.arguments):
            node.defaults = [nothing if needs(one) else one for one in node.defaults]
            node.kw_defaults = [nothing if needs(one) else one for one in node.kw_defaults]
    return statement


def _parse_python(source: str, flags: int) -> ast.Module:
    return compile(source, "<cell>", "exec", flags=flags | ast.PyCF_ONLY_AST, dont_inherit=True)


@cache
def _ipython() -> Callable[[str], str]:
    """Load IPython's transformation of a cell without IPython, which is not here."""
    import tokenutil  # pyright: ignore[reportMissingImports]

    utils = ModuleType("IPython.utils")
    utils.__dict__["tokenutil"] = tokenutil
    sys.modules |= {"IPython": ModuleType("IPython"), "IPython.utils": utils}
    try:
        import inputtransformer2  # pyright: ignore[reportMissingImports]
    finally:
        del sys.modules["IPython"], sys.modules["IPython.utils"]
    return inputtransformer2.TransformerManager().transform_cell
