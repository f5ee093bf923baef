"""The rules of every figure that keep its settings together, run in Node on what Python declares."""

import inspect
import json
import re

from node import run_in_node

from segbook import widgets


def test_every_figure_settles(tmp_path):
    vectors = {}
    for name in widgets.__all__:
        figure_class = getattr(widgets, name)
        source = inspect.getsource(figure_class)
        figure, declared = figure_class(), json.loads(figure_class.declaration())
        names = [setting["name"] for setting in declared["settings"]] + declared["constants"]
        vectors[name] = {
            "module": re.search(r'esm\("(\w+)"\)', source)[1],
            "state": {trait: getattr(figure, trait) for trait in names},
            "declared": declared["settings"],
            "presets": declared["presets"],
        }
    assert len(vectors) == 26
    run_in_node("figure.test.mjs", vectors, tmp_path)
