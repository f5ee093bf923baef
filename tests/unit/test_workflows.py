"""The workflows, which `make lint` audits: pinned, with few rights; and their commands, run here as the host does."""

import re
from pathlib import Path

import pytest
import workflow as runner
import yaml
from check_jsonschema.builtin_schemas import get_builtin_schema
from jsonschema.validators import validator_for

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / ".github/workflows").glob("*.yml"))
WORKFLOWS = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in FILES}
JOBS = [(name, job) for name, content in WORKFLOWS.items() for job in content["jobs"]]
SMALL = yaml.safe_load("""
env: {COLOUR: green, SHAPE: round}
jobs:
  draw:
    env: {SHAPE: square}
    steps:
      - uses: someone/checkout@v1
      - run: echo "$COLOUR $SHAPE $SIZE" >> seen
        env: {SIZE: "${{ github.size }}"}
      - name: Fail in a pipe
        run: |
          false | cat
          echo not here >> seen
      - run: echo never >> seen
""")


def faults(schema, path):
    """What a published schema says of a file."""
    rules = get_builtin_schema(schema)
    content = yaml.safe_load(path.read_text("utf-8"))
    if True in content:  # YAML's older rules read "on" as true
        content["on"] = content.pop(True)
    return [error.message for error in validator_for(rules)(rules).iter_errors(content)]


def test_workflows_follow_their_schema_and_every_job_ends():
    schemas = ("vendor.github-workflows", "custom.github-workflows-require-timeout")
    assert {path.name: found for path in FILES for schema in schemas if (found := faults(schema, path))} == {}
    assert faults("vendor.dependabot", ROOT / ".github/dependabot.yml") == []


def test_the_citation_follows_its_schema():
    assert faults("vendor.citation-file-format", ROOT / "CITATION.cff") == []


def test_actions_are_pinned_by_commit_and_name_their_version():
    for path in FILES:
        for line in re.findall(r"uses: (.*)", path.read_text("utf-8")):
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", line), f"{path.name}: {line}"


@pytest.mark.parametrize(("name", "job"), JOBS)
def test_a_job_has_the_rights_that_it_names_and_its_commands_can_be_run_here(name, job):
    rights = WORKFLOWS[name]["jobs"][job]["permissions"]
    assert WORKFLOWS[name]["permissions"] == {}
    writing = {right for right, level in rights.items() if level == "write"}
    assert writing <= {"book": {"contents"}, "release": {"contents", "id-token"}}.get(name, set())
    known = dict.fromkeys(re.findall(runner.EXPRESSION, yaml.safe_dump(WORKFLOWS[name], width=10_000)), "x")
    commands = [command for _, command, _ in runner.steps(WORKFLOWS[name], job, known) if command]
    targets = {word for command in commands for word in re.findall(r"^make ([\w./-]+)", command, re.MULTILINE)}
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert all(re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE) for target in targets), targets
    for script in re.findall(r"\b(?:tools/\w+\.py|\.ci/run)", " ".join(commands)):
        assert (ROOT / script).is_file(), script


def test_commands_run_in_order_with_their_variables_until_one_fails(tmp_path, capfd):
    listed = runner.steps(SMALL, "draw", {"github.size": "large"})
    assert runner.run(listed, tmp_path) == 1
    assert (tmp_path / "seen").read_text() == "green square large\n"
    said = capfd.readouterr().out
    assert "- left to the host: someone/checkout@v1" in said
    assert said.endswith("- Fail in a pipe\n  failed with 1\n")


def test_what_only_the_host_knows_must_be_given_and_stays_out_of_commands():
    with pytest.raises(ValueError, match=r"give it: --set 'github\.size=…'"):
        runner.steps(SMALL, "draw", {})
    with pytest.raises(ValueError, match="no job 'paint'; there are draw"):
        runner.steps(SMALL, "paint", {})
    unsafe = {"jobs": {"draw": {"steps": [{"run": "echo ${{ github.event.title }}"}]}}}
    with pytest.raises(ValueError, match="take values from variables"):
        runner.steps(unsafe, "draw", {"github.event.title": "x"})
