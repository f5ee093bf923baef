"""What could stand in the place of a piece of Python by mistake: another operator, number, name, axis or border.

Nothing here knows exercises. A piece is a node of the syntax tree; its alternatives are nodes, too, and may hold parts
of the piece itself.
"""

import ast
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

OPERATORS: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add, ast.Mult),
    ast.Mult: (ast.Add, ast.Div),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Mult, ast.Div, ast.Mod),
    ast.Mod: (ast.Mult, ast.FloorDiv),
    ast.Pow: (ast.Mult, ast.Add),
    ast.MatMult: (ast.Mult,),
    ast.BitAnd: (ast.BitOr, ast.BitXor),
    ast.BitOr: (ast.BitAnd, ast.BitXor),
    ast.BitXor: (ast.BitAnd, ast.BitOr),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq, ast.LtE, ast.GtE),
    ast.NotEq: (ast.Eq, ast.Lt, ast.Gt),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
ORDERED = (ast.Sub, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult)
PAIRS = ("min max", "argmin argmax", "minimum maximum", "any all", "floor ceil", "std var", "sum mean", "sort flip",
         "zeros ones", "zeros_like ones_like", "append extend", "log log2", "exp expm1", "sqrt square")  # fmt: skip
NAMES = {one: other for pair in PAIRS for one, other in (pair.split(), pair.split()[::-1])}
NAMES |= {"round": "floor", "median": "mean", "unique": "sort", "cumsum": "cumprod"}
MODES = ("constant", "edge", "reflect", "symmetric", "wrap")  # of np.pad
MAKERS = {"zeros", "ones", "empty", "full", "zeros_like", "ones_like", "empty_like", "full_like"}
DTYPES = {"int": "np.uint8", "bool": "int"}  # another accumulator than this one; than any other, int

# What no case can show: zip's strict= watches what is promised, the judge takes lists for arrays and NumPy's numbers
# for Python's, and the larger of two is the larger in either order.
WATCHES = {"strict"}
CONVERTS = {"int", "float", "array", "tolist"}
UNORDERED = {"min", "max", "minimum", "maximum", "array_equal"}


def alternatives(node: ast.AST, names: Sequence[str]) -> Iterator[ast.AST]:
    """Yield what could stand in the place of a node, whatever stands around it.

    Args:
        node: Any node of a function.
        names: The function's own names in the order in which they are bound: arguments first.
    """
    for operator in OPERATORS.get(type(node), ()):
        yield operator()
    match node:
        case ast.Constant(value):
            yield from map(ast.Constant, _values(value))
        case ast.Name(id):
            if id in names:
                at = names.index(id)
                yield from (ast.Name(other) for other in (*names[max(at - 1, 0) : at], *names[at + 1 : at + 2]))
            elif id in NAMES:
                yield ast.Name(NAMES[id])
        case ast.Attribute(value, attr):
            if attr in NAMES:
                yield ast.Attribute(value, NAMES[attr])
            if attr == "T":
                yield value
        case ast.UnaryOp(_, operand):
            yield operand
        case ast.BinOp(left, op, right):
            yield from (left, right)
            if isinstance(op, ORDERED):
                yield ast.BinOp(right, op, left)
        case ast.BoolOp(op, values):
            yield from (ast.BoolOp(op, rest) if len(rest) > 1 else rest[0] for rest in _shorter(values))
        case ast.Compare(left, [first, *ops], [middle, *others]) if ops:
            yield ast.Compare(middle, ops, others)
            yield ast.Compare(left, [first, *ops[:-1]], [middle, *others[:-1]])
        case ast.Tuple(elements) | ast.List(elements):
            yield from (type(node)(swapped) for swapped in _swapped(elements))
            yield from (type(node)(rest) for rest in _shorter(elements) if isinstance(node.ctx, ast.Load) and rest)
        case ast.Subscript(value):
            yield value
        case ast.Slice(lower, upper, step):
            yield from (ast.Slice(None, upper, step), ast.Slice(lower, None, step), ast.Slice(lower, upper, None))
            yield from (ast.Slice(one, upper, step) for one in _beside(lower))
            yield from (ast.Slice(lower, one, step) for one in _beside(upper))
        case ast.Call():
            yield from _other_calls(node)
        case ast.comprehension(target, iter, ifs):
            yield from (ast.comprehension(target, iter, rest, 0) for rest in _shorter(ifs))
            yield from (ast.comprehension(target, some, ifs, 0) for some in _shortened(iter))
            yield from (ast.comprehension(target, iter, [_not(one)], 0) for one in ifs)
        case ast.For(target, iter, body):
            yield from (ast.For(target, some, body, [], lineno=0) for some in _shortened(iter))
        case ast.If(test, body, orelse):
            yield from (ast.If(other, body, orelse) for other in (_not(test), ast.Constant(True), ast.Constant(False)))
        case ast.While(test, body):
            yield from (ast.While(other, body, []) for other in (_not(test), ast.Constant(True), ast.Constant(False)))
        case ast.AugAssign(target, _, value):
            yield ast.Assign([target], value, lineno=0)
    if isinstance(node, ast.stmt) and not isinstance(node, ast.Return | ast.FunctionDef | ast.Pass):
        yield ast.Pass()


def _values(value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return list({value + 1: None, value - 1: None, 0: None})
    if isinstance(value, float):
        return list({value + 1: None, 2 * value: None, 0.0: None})
    return [mode for mode in MODES if mode != value] if value in MODES else []


def _other_calls(node: ast.Call) -> Iterator[ast.expr]:
    """Yield calls with arguments swapped, dropped, off by one, of another dtype; and what is called upon, alone."""
    function, args, keywords = node.func, node.args, node.keywords
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    of_numpy = isinstance(function, ast.Name) or ast.unparse(function) == f"np.{name}"
    if name not in CONVERTS:
        upon = [function.value] if isinstance(function, ast.Attribute) and not of_numpy else args[:1]
        yield from args if name in UNORDERED else upon
    for swapped in _swapped(args) if name not in UNORDERED else ():
        yield ast.Call(function, swapped, keywords)
    for rest in _shorter(args) if len(args) > 1 else ():
        yield ast.Call(function, rest, keywords)
    for keyword in keywords:
        others = [one for one in keywords if one is not keyword]
        if keyword.arg not in WATCHES:
            yield ast.Call(function, args, others)
        if keyword.arg == "dtype":
            yield ast.Call(function, args, [*others, _dtype(DTYPES.get(ast.unparse(keyword.value), "int"))])
    if name in MAKERS and not any(keyword.arg == "dtype" for keyword in keywords):
        yield from (ast.Call(function, args, [*keywords, _dtype(dtype)]) for dtype in ("np.int8", "np.float16"))
    if name == "range":
        yield from (ast.Call(function, [*args[:-1], last], []) for last in _beside(args[-1]))


def _dtype(name: str) -> ast.keyword:
    return ast.keyword("dtype", ast.parse(name, mode="eval").body)


def _not(test: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), test)


def _beside(bound: ast.expr | None) -> list[ast.expr]:
    """One less and one more; a number has its own alternatives."""
    if bound is None or isinstance(bound, ast.Constant):
        return []
    return [ast.BinOp(bound, operator, ast.Constant(1)) for operator in (ast.Sub(), ast.Add())]


def _shortened(loop: ast.expr) -> list[ast.expr]:
    """Without the first turn, and without the last."""
    turns = ast.Call(ast.Name("list"), [loop], [])
    return [ast.Subscript(turns, ast.Slice(ast.Constant(1))), ast.Subscript(turns, ast.Slice(None, ast.Constant(-1)))]


def _swapped(parts: list[Any]) -> Iterator[list[Any]]:
    for at, (one, other) in enumerate(pairwise(parts)):
        yield [*parts[:at], other, one, *parts[at + 2 :]]


def _shorter(parts: list[Any]) -> Iterator[list[Any]]:
    for at in range(len(parts)):
        yield [*parts[:at], *parts[at + 1 :]]
