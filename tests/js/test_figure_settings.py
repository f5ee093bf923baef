"""A figure's settings in an address and as Python: round trips in Node, and the copied Python run in Python."""

import inspect
import json
import re

from node import run_in_node

from segbook import widgets


def vectors():
    for name in widgets.__all__:
        figure_class = getattr(widgets, name)
        figure, declared = figure_class(), json.loads(figure_class.declaration())
        names = [setting["name"] for setting in declared["settings"]] + declared["constants"]
        module = re.search(r'esm\("(\w+)"\)', inspect.getsource(figure_class))[1]
        state = {trait: getattr(figure, trait) for trait in names}
        yield name, {"module": module, "state": state, "declared": declared}


def test_settings_go_into_an_address_and_into_python_and_come_back(tmp_path, monkeypatch):
    monkeypatch.setenv("OUT", str(tmp_path / "lines.json"))
    run_in_node("figure_settings.test.mjs", dict(vectors()), tmp_path)
    lines = {line["code"]: line for line in json.loads((tmp_path / "lines.json").read_text())}
    assert {line["name"] for line in lines.values()} == set(widgets.__all__)
    assert len(lines) > 20 * len(widgets.__all__)
    for code, line in lines.items():
        imports, call = code.split("\n\n")
        names = {}
        exec(imports, names)
        figure = eval(call, names)  # raises where a setting leaves its range
        assert {name: getattr(figure, name) for name in line["state"]} == line["state"], code
