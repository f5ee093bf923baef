"""A mutant for every kind of slip: each line of the table stands for one kind, and for what would be an idle mutant."""

import ast

import pytest

from segbook.exercises.alterations import alternatives


def changed(source):
    """Everything that the outermost expression, or statement, can become."""
    node = ast.parse(source).body[0]
    if isinstance(node, ast.Expr):
        node = node.value
    return [ast.unparse(ast.fix_missing_locations(other)) for other in alternatives(node, ["x", "y", "z"])]


@pytest.mark.parametrize(
    ("source", "others"),
    [
        ("3", ["4", "2", "0"]),
        ("1", ["2", "0"]),
        ("0.5", ["1.5", "1.0", "0.0"]),
        ("True", ["False"]),
        ("'edge'", ["'constant'", "'reflect'", "'symmetric'", "'wrap'"]),
        ("'mean'", []),
        ("None", []),
        ("y", ["x", "z"]),
        ("x", ["y"]),
        ("max", ["min"]),
        ("u.argmin", ["u.argmax"]),
        ("np.floor", ["np.ceil"]),
        ("u.T", ["u"]),
        ("-x", ["x"]),
        ("not x", ["x"]),
        ("x + y", ["x", "y"]),
        ("x - y", ["x", "y", "y - x"]),
        ("x and y and z", ["y and z", "x and z", "x and y"]),
        ("0 <= x < y", ["x < y", "0 <= x"]),
        ("(x, y)", ["(y, x)", "(y,)", "(x,)"]),
        ("u[x]", ["u"]),
        ("f(x, y)", ["x", "f(y, x)", "f(y)", "f(x)"]),
        ("max(x, 0)", ["x", "0", "max(0)", "max(x)"]),
        ("u.sum(axis=0)", ["u", "u.sum()"]),
        ("np.sqrt(x)", ["x"]),
        ("int(x)", []),
        ("np.array(x)", []),
        ("zip(x, y, strict=True)", ["x", "zip(y, x, strict=True)", "zip(y, strict=True)", "zip(x, strict=True)"]),
        ("np.zeros(x, dtype=int)", ["x", "np.zeros(x)", "np.zeros(x, dtype=np.uint8)"]),
        ("np.zeros(x)", ["x", "np.zeros(x, dtype=np.int8)", "np.zeros(x, dtype=np.float16)"]),
        ("range(x)", ["x", "range(x - 1)", "range(x + 1)"]),
        ("x += y", ["x = y", "pass"]),
        ("x = y", ["pass"]),
        ("return x", []),
        ("if x:\n    y()", ["if not x:\n    y()", "if True:\n    y()", "if False:\n    y()", "pass"]),
        ("while x:\n    y()", ["while not x:\n    y()", "while True:\n    y()", "while False:\n    y()", "pass"]),
        ("for x in y:\n    z()", ["for x in list(y)[1:]:\n    z()", "for x in list(y)[:-1]:\n    z()", "pass"]),
    ],
)
def test_a_piece_has_its_alternatives(source, others):
    assert changed(source) == others


def test_every_operator_has_others_of_its_own_kind():
    assert {type(other) for other in alternatives(ast.Add(), [])} == {ast.Sub, ast.Mult}
    assert {type(other) for other in alternatives(ast.Lt(), [])} == {ast.LtE, ast.GtE}
    assert {type(other) for other in alternatives(ast.And(), [])} == {ast.Or}


@pytest.mark.parametrize(
    ("source", "others"),
    [
        ("u[x:y]", ["u[:y]", "u[x:]", "u[x - 1:y]", "u[x + 1:y]", "u[x:y - 1]", "u[x:y + 1]"]),
        ("u[2::x]", ["u[::x]", "u[2:]"]),
    ],
)
def test_a_slice_loses_or_moves_its_bounds_and_loses_its_step(source, others):
    piece = ast.parse(source, mode="eval").body
    slices = dict.fromkeys(
        ast.unparse(ast.Subscript(piece.value, one)) for one in alternatives(piece.slice, ["x", "y"])
    )
    assert [one for one in slices if one != source] == others


def test_a_comprehension_loses_its_condition_and_an_end():
    piece = ast.parse("[x for x in y if z]", mode="eval").body.generators[0]
    assert [ast.unparse(one).strip() for one in alternatives(piece, ["x", "y", "z"])] == [
        "for x in y",
        "for x in list(y)[1:] if z",
        "for x in list(y)[:-1] if z",
        "for x in y if not z",
    ]
