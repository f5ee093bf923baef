"""tools/everything.py keeps what came of each part, whatever came of the others."""

import json
import sys
from subprocess import CompletedProcess

import everything
import pytest


@pytest.fixture
def ran(monkeypatch, tmp_path):
    """The commands that were run; `make slow` fails."""
    commands = []

    def run(command, **_):
        commands.append(command)
        return CompletedProcess(command, returncode=2 if command == ["make", "slow"] else 0, stdout="abc\n")

    monkeypatch.setattr(everything, "RESULTS", tmp_path / "test-all.json")
    monkeypatch.setattr(everything.subprocess, "run", run)
    return commands


def main(monkeypatch, *only):
    monkeypatch.setattr(sys, "argv", ["everything.py", *only])
    everything.main()


def test_a_part_that_fails_is_recorded_and_does_not_end_the_others(ran, monkeypatch):
    with pytest.raises(SystemExit, match="failed: slow"):
        main(monkeypatch)
    assert [command[1] for command in ran if command[0] == "make"] == list(everything.PARTS)
    record = json.loads(everything.RESULTS.read_text("utf-8"))
    assert {part: one["result"] for part, one in record.items()} == dict.fromkeys(everything.PARTS, "passed") | {
        "slow": "failed"
    }
    assert record["slow"]["commit"] == "abc with changes"


def test_parts_that_are_not_run_keep_their_last_result(ran, monkeypatch):
    everything.RESULTS.write_text(json.dumps({"grid": {"result": "passed", "seconds": 7}}), "utf-8")
    main(monkeypatch, "test")
    record = json.loads(everything.RESULTS.read_text("utf-8"))
    assert list(record) == ["test", "grid"]
    assert record["grid"] == {"result": "passed", "seconds": 7}


def test_an_unknown_part_is_refused(ran, monkeypatch, capsys):
    with pytest.raises(SystemExit):
        main(monkeypatch, "slwo")
    assert "no part slwo; there are test, slow, epubcheck, grid" in capsys.readouterr().err
    assert ran == []


def test_each_part_is_a_command_of_the_makefile():
    makefile = (everything.ROOT / "Makefile").read_text("utf-8")
    assert all(f"\n{part}: " in makefile for part in everything.PARTS)
