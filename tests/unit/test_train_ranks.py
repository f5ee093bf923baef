"""Several processes that train together: two of them on the CPU, over gloo."""

import json
import os
import socket
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest
import torch
from pictures import write_discs
from two_ranks import RECIPE, train_and_keep

from segbook.train.ranks import Ranks, Share, joined

ROOT = Path(__file__).parents[2]
CPU = torch.device("cpu")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return str(one.getsockname()[1])


@pytest.mark.parametrize("count", [1, 2, 4])
def test_ranks_share_every_batch_without_showing_anything_twice(count):
    shares = [Share(3, 8, Ranks(rank, count, CPU)) for rank in range(count)]
    for epoch in range(3):
        for share in shares:
            share.set_epoch(epoch)
        items = [list(share) for share in shares]
        assert sorted(chain(*items)) == list(range(24 * epoch, 24 * epoch + 24))
        for step in range(3):  # whatever the number of ranks, step t shows the same eight
            own = 8 // count
            shown = list(chain(*(one[step * own : (step + 1) * own] for one in items)))
            assert shown == list(range(24 * epoch + 8 * step, 24 * epoch + 8 * step + 8))
        assert all(len(share) == len(list(share)) for share in shares)


def test_a_batch_that_cannot_be_shared_equally_is_refused():
    with pytest.raises(ValueError, match="a multiple of the 3 processes, which take equal shares: got 8, make it 9"):
        Share(1, 8, Ranks(0, 3, CPU))


def test_one_process_joins_nobody(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with joined("cpu") as ranks:
        assert ranks == Ranks(0, 1, CPU)
        assert ranks.first
        assert ranks.agree("said") == "said"
        assert ranks.mean(2.5) == 2.5
        model = torch.nn.Linear(1, 1)
        assert ranks.wrap(model) is model
    assert not torch.distributed.is_initialized()


def test_two_processes_compute_the_gradient_of_one(tmp_path):
    data = str(write_discs(tmp_path / "discs", 8))
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    settings = os.environ | {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": free_port(), "WORLD_SIZE": "2"}
    command = [sys.executable, str(ROOT / "tests/unit/two_ranks.py"), data, str(tmp_path / "two")]
    both = [subprocess.Popen(command, env=settings | {"RANK": str(rank)}, cwd=ROOT) for rank in range(2)]
    train_and_keep(data, tmp_path / "one")
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    one, first, second = (
        torch.load(tmp_path / name, weights_only=True)
        for name in ("one/rank0.kept", "two/rank0.kept", "two/rank1.kept")
    )
    for alone, here, there in zip(one["gradients"], first["gradients"], second["gradients"], strict=True):
        assert here.equal(there)
        assert alone.abs().max() > 1e-4
        assert (alone - here).abs().max() < 1e-4 * alone.abs().max()
    record, records = json.loads(one["record"]), json.loads(first["record"])
    assert json.loads(second["record"]) is None
    assert records["machine"]["processes"] == 2
    assert [look["loss"] for look in records["looks"]] == pytest.approx([look["loss"] for look in record["looks"]])
    assert records["recipe"]["steps"] == len(records["looks"]) == RECIPE.steps


@pytest.mark.slow
def test_torchrun_speaks_once_and_a_rank_that_dies_ends_all(tmp_path):
    data = str(write_discs(tmp_path / "discs", 8))
    start = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", free_port()]
    options = ["--data", data, "--width", "2", "--depth", "1", "--size", "16", "--batch-size", "4", "--device", "cpu"]
    command = [*start, "-m", "segbook.train", *options, "--out"]
    ran = subprocess.run(
        [*command, str(tmp_path / "run"), "--steps", "4", "--every", "2"],
        cwd=ROOT, capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("step 4 of 4") == ran.stdout.count("Written to") == 1
    assert "it/s" not in ran.stderr
    dying = tmp_path / "dying.py"
    dying.write_text(
        "import os, sys\nfrom segbook.train import run\nfrom segbook.train.command import main\n"
        "look = run.Progress.look\n"
        "run.Progress.look = lambda self, step: os._exit(7) if self.ranks.rank == 1 and step == 4 else look(self, step)\n"
        "sys.exit(main())\n"
    )
    died = subprocess.run(
        [*start, str(dying), *options, "--out", str(tmp_path / "died"), "--steps", "400", "--every", "2"],
        cwd=ROOT, capture_output=True, text=True, timeout=200, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert died.returncode != 0
    assert "step 2 of 400" in died.stdout
    assert "step 6 of 400" not in died.stdout
    assert not (tmp_path / "died/metrics.json").exists()
