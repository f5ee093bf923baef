"""Read the source of a declared function: all of it for `solution`, its head for the stub of a notebook."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import Any


def definition(function: Callable[..., Any]) -> str:
    """Read a function's source from its file, without its decorators."""
    text = textwrap.dedent(inspect.getsource(function)).rstrip()
    return "\n".join(text.splitlines()[_parsed(text).lineno - 1 :])


def stub(function: Callable[..., Any]) -> str:
    """Write what a learner begins with: the signature and the docstring as they stand, and `...` for the body."""
    text = definition(function)
    tree = _parsed(text)
    first = tree.body[0]
    if ast.get_docstring(tree) is None or first.end_lineno is None:
        tree.body = ast.parse("...").body
        return ast.unparse(tree)
    *head, last = text.splitlines()[: first.end_lineno]
    return "\n".join([*head, last.encode()[: first.end_col_offset].decode(), "    ..."])


def _parsed(text: str) -> ast.FunctionDef:
    tree = ast.parse(text).body[0]
    if not isinstance(tree, ast.FunctionDef):
        raise ValueError(f"a reference is declared with def; this is\n{text}")
    return tree
