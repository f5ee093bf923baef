"""`python -m segbook.train`, on folders of small pictures."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from pictures import write_discs

from segbook.data import read_image
from segbook.train import pretrained
from segbook.train.command import main

ROOT = Path(__file__).parents[2]
SMALL = ["--width", "4", "--depth", "1", "--size", "16", "--batch-size", "4", "--device", "cpu", "--rate", "0.02"]


@pytest.fixture(scope="module")
def discs(tmp_path_factory):
    return str(write_discs(tmp_path_factory.mktemp("data") / "discs", 10))


def command(data, out, *more):
    return ["--data", data, "--out", str(out), *SMALL, *more]


def test_a_folder_becomes_a_network_that_finds_its_objects(discs, tmp_path, capfd):
    out = tmp_path / "run"
    assert main(command(discs, out, "--steps", "60", "--every", "20", "--group-by", "^(.*)_tile", "--seed", "3")) == 0
    said, errors = capfd.readouterr()
    assert "6 images to train on, 2 to choose by, 2 to test on" in said
    assert "step 60 of 60: loss" in said
    assert not errors  # no bar where nobody looks
    record = json.loads((out / "metrics.json").read_text("utf-8"))
    assert record["command"].startswith("python -m segbook.train --data")
    assert record["recipe"]["seed"] == 3
    assert record["machine"].keys() >= {"device", "processes", "python", "segbook", "torch", "numpy"}
    assert len(record["data"]["sha256"]) == 64
    assert [look["step"] for look in record["looks"]] == [20, 40, 60]
    assert record["looks"][0]["loss"] > record["looks"][-1]["loss"]
    assert list(record["test"]["AP"]) == [f"{iou / 100:.2f}" for iou in range(50, 95, 5)]
    assert record["test"]["cells"] == sum(cells for _, cells in record["test"]["each"]["merged"]) == 6
    assert record["test"]["IoU"][0] > 0.6
    assert record["test of Otsu"]["IoU"][0] > 0.9
    net = pretrained(out / "model.pt")
    assert net.record == record
    image = read_image(Path(discs) / "images" / f"{record['data']['test'][0]}.png")
    found = net.instances(image)
    assert found.equal(net.instances(0.1 + image / 3))  # whatever the exposure
    assert 1 <= found.max() <= 6


def test_a_run_that_was_killed_goes_on_and_ends_as_if_nothing_had_happened(discs, tmp_path, capfd):
    options = ["--steps", "24", "--every", "4", "--norm", "batch"]  # its running averages go on, too
    script = "import sys, time\nfrom segbook.train import run\nfrom segbook.train.command import main\n"
    script += "look = run.Progress.look\n"
    script += (
        "def slow(self, step):\n    line = look(self, step)\n    time.sleep(60 if step == 12 else 0)\n    return line\n"
    )
    script += "run.Progress.look = slow\nmain()\n"
    environment = os.environ | {"OMP_NUM_THREADS": str(torch.get_num_threads())}
    out = tmp_path / "killed"
    process = subprocess.Popen(
        [sys.executable, "-c", script, *command(discs, out, *options)], cwd=ROOT, env=environment
    )
    whole = tmp_path / "whole"
    try:
        assert main(command(discs, whole, *options)) == 0
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and steps_in(out / "last.pt") < 12:
            time.sleep(0.1)
    finally:
        process.kill()
    assert process.wait() == -signal.SIGKILL
    assert not (out / "metrics.json").exists()
    capfd.readouterr()
    assert main(command(discs, out, *options)) == 0
    assert "going on after step 12" in capfd.readouterr().out
    ended, expected = (torch.load(folder / "last.pt", weights_only=True) for folder in (out, whole))
    assert ended["extra"]["history"] == expected["extra"]["history"]
    assert all(ended["model"][name].equal(value) for name, value in expected["model"].items())
    ended, expected = (json.loads((folder / "metrics.json").read_text("utf-8")) for folder in (out, whole))
    assert ended["test"] == expected["test"]
    # And a third time: nothing is left to train, and nothing changes.
    assert main(command(discs, out, *options)) == 0
    assert json.loads((out / "metrics.json").read_text("utf-8"))["looks"] == expected["looks"]


def steps_in(path):
    return len(torch.load(path, weights_only=True)["extra"]["history"]["loss"]) if path.exists() else 0


def test_patience_ends_a_run_that_does_not_get_better(discs, tmp_path, capsys):
    arguments = command(discs, tmp_path, "--steps", "40", "--every", "2", "--patience", "3", "--rate", "0")
    assert main(arguments) == 0
    record = json.loads((tmp_path / "metrics.json").read_text("utf-8"))
    assert [look["step"] for look in record["looks"]] == [2, 4, 6, 8]
    assert record["best step"] == 2
    assert "3 looks without a better score: enough" in capsys.readouterr().out


def test_other_settings_do_not_go_on_with_a_run(discs, tmp_path, capsys):
    options = ["--steps", "2", "--every", "2"]
    assert main(command(discs, tmp_path, *options)) == 0
    assert main(command(discs, tmp_path, *options, "--seed", "5", "--w0", "3")) == 2
    assert "other settings (w_0 0.0, now 3.0; seed 0, now 5): choose another folder" in capsys.readouterr().err
    assert main(command(discs, tmp_path, *options, "--split-seed", "5")) == 2
    assert "other images, or parted otherwise" in capsys.readouterr().err


def test_masks_of_classes_are_scored_as_classes(discs, tmp_path, capsys):
    arguments = command(discs, tmp_path, "--masks", "classes", "--steps", "4", "--every", "2", "--epochs", "1")
    assert main(arguments) == 0
    record = json.loads((tmp_path / "metrics.json").read_text("utf-8"))
    assert record["recipe"]["steps"] == 2  # six images in batches of four
    assert record["readout"] is None
    assert len([name for name in record["test"] if name.startswith("IoU of class")]) == 4
    with pytest.raises(ValueError, match="trained on classes, not on ids"):
        pretrained(tmp_path / "model.pt").instances(torch.rand(1, 16, 16))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--size", "17"], "size must be a multiple of 2^depth = 2: got 17, make it 18"),
        (["--steps", "0"], "steps must be a whole number of at least 1: got 0"),
        (["--rate", "-1"], "rate must be a number of at least 0: got -1.0"),
        (["--skips", "some"], "skips must be one of 'concat', 'sum', 'none': got 'some'"),
        (["--norm", "layer"], "norm must be one of 'none', 'batch', 'instance': got 'layer'"),
        (["--epochs", "0"], "epochs must be a whole number of at least 1: got 0"),
        (["--workers", "-1"], "workers must be a whole number of at least 0: got -1"),
        (["--precision", "int8"], "precision must be 'auto' or one of float32, bfloat16, float16: got 'int8'"),
        (["--data", "nowhere"], "there is no folder 'nowhere'"),
        (["--group-by", "("], "group_by='(' is no regular expression"),
    ],
)
def test_settings_that_are_out_of_range_are_named(discs, tmp_path, capsys, more, message):
    assert main(command(discs, tmp_path, *more)) == 2
    assert message in capsys.readouterr().err


def test_a_file_that_no_run_wrote_is_refused(tmp_path):
    torch.save(torch.nn.Linear(1, 1).state_dict(), tmp_path / "model.pt")
    with pytest.raises(ValueError, match=r"holds weights only: python -m segbook\.train writes"):
        pretrained(tmp_path / "model.pt")
    with pytest.raises(FileNotFoundError, match=r"source must be nuclei or the path of a model\.pt: there is no"):
        pretrained(tmp_path / "other.pt")
