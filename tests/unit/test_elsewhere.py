"""Machines that start with the repository: a development container and Binder get what README and CI get."""

import json
import re
from pathlib import Path

import workflow
import yaml

ROOT = Path(__file__).parents[2]
CONTAINER = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text("utf-8"))
BINDER = (ROOT / ".binder/requirements.txt").read_text("utf-8").splitlines()
CPU = "https://download.pytorch.org/whl/cpu"  # where PyTorch says its builds for CPUs are


def test_the_container_runs_the_commands_of_readme_and_ci():
    block = re.search(r"## Two commands.*?```sh\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    commands = [line.partition("#")[0].strip() for line in block[1].splitlines()]
    assert CONTAINER["postCreateCommand"] == commands[0]
    assert CONTAINER["forwardPorts"][0] == int(re.search(r"localhost:(\d+)", (ROOT / "README.md").read_text())[1])
    installed = set(re.search(r"--yes --no-install-recommends (.*)", CONTAINER["onCreateCommand"])[1].split())
    assert installed == set(re.search(r"--no-install-recommends (.*)", (ROOT / ".ci/run").read_text())[1].split())
    assert CONTAINER["containerEnv"] == {"PIP_EXTRA_INDEX_URL": CPU}
    interpreter = CONTAINER["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]
    assert f"{Path(interpreter).parent}" == re.search(r"^BIN +:= (.*)$", (ROOT / "Makefile").read_text(), re.M)[1]


def test_binder_installs_the_versions_of_requirements_and_this_package():
    assert [line for line in BINDER if not line.startswith("#")] == [
        f"--extra-index-url {CPU}", "-r ../requirements.txt", "-e .",
    ]  # fmt: skip


def test_their_python_is_that_of_the_workflows():
    content = yaml.safe_load((workflow.WORKFLOWS / "checks.yml").read_text("utf-8"))
    (python,) = {
        step["with"]["python-version"]
        for job in content["jobs"].values()
        for step in job["steps"]
        if "python-version" in step.get("with", {})
    }
    assert (ROOT / ".binder/runtime.txt").read_text() == f"python-{python}\n"
    assert re.fullmatch(rf"[\w./]+/devcontainers/python:\d+-{re.escape(python)}-bookworm", CONTAINER["image"])
