"""Chapter 8's JavaScript makes the fine, the coarse and the joined row that torch makes."""

from itertools import product

from node import run_in_node

from segbook.widgets import CoarseAndFine


def test_javascript_joins_the_rows_as_torch_does(tmp_path):
    settings = product(range(8, 12), (0.1, 0.3, 0.5, 0.7), (0.0, 1.0, 1.5), (0.5, 1.0), (-1.5, -1.0, 0.0))
    names = ("edge", "threshold", "skip_weight", "up_weight", "bias")
    vectors = []
    for values in settings:
        figure = CoarseAndFine(**dict(zip(names, values, strict=True)))
        rows = {name: getattr(figure, name)().tolist() for name in ("truth", "fine", "means", "coarse", "output")}
        state = {name: getattr(figure, name) for name in (*names, "row")}
        vectors.append({"state": state, "rows": rows, "wrong": figure.wrong()})
    run_in_node("coarse_and_fine.test.mjs", {"figures": vectors}, tmp_path)
