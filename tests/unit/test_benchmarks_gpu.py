"""What benchmarks/gpu.py does where there is no GPU: the same ways with tiny sizes, and what it says when one is shut."""

import json
import math
import os
import subprocess
import sys
import time
from dataclasses import replace
from itertools import product
from pathlib import Path

import nbformat
import pytest
import torch

from segbook.shapes import unet_ledger
from segbook.train.parts import open_parts

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "benchmarks"))

import gpu  # noqa: E402 (lives in benchmarks/)
import gpu_nets  # noqa: E402
import gpu_notebooks  # noqa: E402
import gpu_nuclei  # noqa: E402
import gpu_parts  # noqa: E402
import run as benchmarks  # noqa: E402

LEDGER = unet_ledger(36, width=2, depth=1)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def record(tmp_path_factory) -> dict:
    """What the command writes."""
    out = tmp_path_factory.mktemp("results") / "gpu-cpu.json"
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": "."}
    command = [sys.executable, "benchmarks/gpu.py", "--quick", "--out", str(out)]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return json.loads(out.read_text("utf-8"))


def rows(record: dict, part: str) -> list[dict]:
    return record["parts"][part]["rows"]


def ceiling(record: dict, numbers: str = "bfloat16") -> float:
    return next(row["median"] for row in rows(record, "rates") if row["what"] == f"matrix product 256³, {numbers}")


@pytest.mark.slow
def test_every_part_is_measured_and_the_record_says_with_what(record):
    assert list(record["parts"]) == ["rates", "agreement", "fit", "seeds", "unet", "compile"]
    assert not [part for part, result in record["parts"].items() if "failed" in result]
    assert record["machine"]["device"] == "CPU"
    assert record["machine"]["torch"] == torch.__version__
    assert record["command"].startswith("benchmarks/gpu.py --quick --out ")
    assert record["pick_precision"] in ("float32", "bfloat16")


@pytest.mark.slow
def test_every_way_of_running_the_paper_s_net_is_timed(record):
    names = ("run", "images", "numbers", "channels_last", "tries", "compiled")
    ways = [tuple(row[name] for name in names) for row in rows(record, "unet")]
    kinds, numbers = ("forward", "step"), ("float32", "tf32", "bfloat16")
    eager = product(kinds, (1, 2), numbers, (False, True), (False,), (False,))
    tried = product(kinds, (1, 2), ("bfloat16",), (True,), (True,), (False,))
    assert sorted(ways) == sorted([*eager, *tried])
    assert all(row["compiled"] and row["channels_last"] for row in rows(record, "compile"))


def check_rates(row: dict, peak: float) -> None:
    each = 2 * sum(row.multiply_adds for row in LEDGER)
    assert row["output size"] == LEDGER[-1].output_size
    assert 0 < row["least ms"] <= row["ms"] <= row["most ms"]
    assert row["images/s"] == pytest.approx(1e3 * row["images"] / row["ms"], rel=1e-3)
    passes = 3 if row["run"] == "step" else 1
    assert row["TFLOP/s"] == pytest.approx(row["images/s"] * each * passes / 1e12, rel=2e-3)
    assert row["share of bf16 peak"] == pytest.approx(row["TFLOP/s"] / peak, rel=2e-3)
    assert row["GiB"] is None  # torch counts memory on a GPU only


@pytest.mark.slow
@pytest.mark.parametrize("part", ["unet", "compile"])
def test_rates_are_the_ledger_s_multiply_adds_over_the_times(record, part):
    for row in rows(record, part):
        check_rates(row, ceiling(record))


@pytest.mark.parametrize("run", ["forward", "step"])
def test_one_way_of_running_the_paper_s_net_is_timed(run):
    way = gpu_nets.Way(run, 2, "float32", channels_last=True)
    check_rates(gpu_nets.run(way, CPU, gpu_nets.QUICK, 1e10), 0.01)


@pytest.mark.slow
def test_ceilings_are_those_of_a_computer(record):
    for row in rows(record, "rates"):
        assert 0 < row["least"] <= row["median"] <= row["most"]
    assert 1e-4 < ceiling(record, "float32") < 10  # TFLOP/s: from a shared core to a large server


def test_the_whole_measurement_is_of_the_paper_s_net():
    full = gpu_nets.FULL
    with torch.device("meta"):
        net = gpu_nets.paper_net(full)
        scores = net(torch.zeros(1, 1, full.size, full.size))
    assert scores.shape == (1, 2, 388, 388)
    assert sum(parameter.numel() for parameter in net.parameters()) == 31_030_658
    assert full.batches == (1, 4, 16)
    assert full.book == {"width": 12, "depth": 3}


@pytest.mark.slow
def test_scores_agree_as_far_as_the_numbers_go(record):
    largest = {row["scores"]: float(row["largest, from the CPU's float64"]) for row in rows(record, "agreement")}
    assert largest["CPU again, float64"] < 1e-12
    assert 1e-9 < largest["CPU again, float32"] < 1e-5
    assert 1e-4 < largest["CPU again, bfloat16"] < 0.1


@pytest.mark.slow
def test_fit_is_held_against_a_bare_loop(record):
    trained = [(row["net"], row["precision"], row["trained by"]) for row in rows(record, "fit")]
    nets = ("the paper's, 36²", "the book's, 32²")
    assert trained == list(product(nets, ("float32", "auto"), ("a bare loop", "fit")))
    for loop, fit in zip(rows(record, "fit")[::2], rows(record, "fit")[1::2], strict=True):
        assert loop["times the loop"] == 1
        assert fit["times the loop"] == pytest.approx(fit["ms"] / loop["ms"], rel=1e-3)


@pytest.mark.slow
def test_a_seed_repeats_itself_on_a_cpu_and_others_differ(record):
    again = "trained again: a weight differs by at most"
    by_seed = {row["seed"]: row for row in rows(record, "seeds") if row["precision"] == "float32"}
    assert float(by_seed[0][again]) == 0
    assert len({row["loss"] for row in by_seed.values()}) == 3
    for row in by_seed.values():
        assert abs(row["loss"] - math.log(2)) < 0.3  # after three steps, still near a coin's
        assert 0 <= row["IoU"] <= 1


@pytest.mark.slow
def test_the_tables_for_readers_hold_every_part(record, tmp_path):
    (tmp_path / "gpu-cpu.json").write_text(json.dumps(record), "utf-8")
    text = "\n".join(benchmarks.tables(tmp_path))
    for part in record["parts"].values():
        assert f"## {part['title']}: CPU\n" in text
    assert text.count("\n| forward | ") + text.count("\n| step | ") == len(
        rows(record, "unet") + rows(record, "compile")
    )
    assert text.count("*Measured with: device CPU, ") == len(record["parts"])


def test_a_torch_that_cannot_compile_says_so_and_the_other_ways_go_on(monkeypatch):
    def refuse(*arguments, **options):
        raise RuntimeError("no compiler\nwas found")

    monkeypatch.setattr(torch, "compile", refuse)
    way = gpu_nets.Way("forward", 1, "float32", channels_last=True, compiled=True)
    row = gpu_nets.run(way, CPU, gpu_nets.QUICK, 1e12)
    assert row["failed"] == "RuntimeError: no compiler"
    (line,) = gpu_parts._ways("title", "note", [row])["summary"]
    assert line["ms"] == "not run: RuntimeError: no compiler"


def test_nothing_is_compiled_that_could_end_too_late():
    late = gpu_parts.compiled(CPU, gpu_nets.QUICK, 1e12, began=-gpu_parts.COMPILE_UNTIL - 1e9)
    assert {row["failed"] for row in late["rows"]} == {"no time was left"}


def test_without_a_gpu_only_the_quick_way_is_taken(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["gpu.py"])
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SystemExit) as ended:
        gpu.main()
    assert ended.value.code == 2
    assert "torch sees no GPU here; --quick takes the same way" in capsys.readouterr().err


def test_a_part_that_fails_is_recorded_and_does_not_end_the_others(monkeypatch, tmp_path, capsys):
    def broken() -> dict:
        raise ValueError("got 3, wanted 4")

    out = tmp_path / "new" / "gpu.json"
    monkeypatch.setattr(sys, "argv", ["gpu.py", "--quick", "--out", str(out)])
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(gpu, "parts", lambda *_: {"first": broken, "second": lambda: {"rows": []}})
    monkeypatch.setenv("TQDM_DISABLE", "1")
    with pytest.raises(SystemExit, match="failed: first"):
        gpu.main()
    parts = json.loads(out.read_text("utf-8"))["parts"]
    assert parts["first"]["failed"] == "ValueError: got 3, wanted 4"
    assert parts["second"]["rows"] == []


def test_all_is_every_part_once_and_what_is_left_of_ten_minutes_is_for_the_notebooks(monkeypatch):
    given = []
    monkeypatch.setattr(gpu, "execute_chapters", lambda **options: given.append(options["seconds"]))
    began = time.perf_counter() - 400
    everything = gpu.parts(CPU, True, "all", {}, began)
    alone = [gpu.parts(CPU, True, wanted, {}, began) for wanted in ("networks", "nuclei", "notebooks")]
    assert list(everything) == [name for part in alone for name in part]
    everything["notebooks"]()
    alone[2]["notebooks"]()
    assert given == [pytest.approx(gpu.ALL_UNTIL - 400, abs=5), gpu_notebooks.DEADLINE]


def test_nuclei_are_trained_on_by_the_command(monkeypatch):
    parts = open_parts("sample")
    few = replace(parts, train=parts.train[:4], validation=parts.validation[:1], test=parts.test[4:6])
    monkeypatch.setattr("segbook.train.command.open_parts", lambda *given, **options: few)
    monkeypatch.setenv("TQDM_DISABLE", "1")
    (row,) = gpu_nuclei.command(CPU, quick=True)["rows"]
    assert (row["seed"], row["steps"]) == (0, 2)
    assert row["AP 0.50 of Otsu"] > 0.5


def write_notebook(folder: Path, name: str, *cells: str) -> Path:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    path = folder / name
    nbformat.write(notebook, path)
    return path


@pytest.mark.slow
def test_a_cell_that_fails_is_named_and_the_rest_of_the_book_runs(monkeypatch, tmp_path):
    (tmp_path / "book").mkdir()
    write_notebook(tmp_path / "book", "01_fine.ipynb", "print('four pixels')", "2 + 2")
    breaks = write_notebook(tmp_path / "book", "02_breaks.ipynb", "1 / 0", "print('still here')")
    before = breaks.read_bytes()
    monkeypatch.setattr(gpu_notebooks, "ROOT", tmp_path)
    result = gpu_notebooks.execute_chapters()
    fine, broken = result["rows"]
    assert fine["ran"] is True
    assert fine["failed"] == []
    assert [output["text"] for output in fine["outputs"]] == ["four pixels", "4"]
    assert 0.01 < fine["memory GiB"] < 16
    assert broken["ran"] is False
    assert [(one["cell"], one["error"], one["source"]) for one in broken["failed"]] == [
        (0, "ZeroDivisionError: division by zero", "1 / 0")
    ]
    assert broken["outputs"][-1] == {"cell": 1, "text": "still here"}
    assert result["summary"][1]["failed"] == "cell 0: ZeroDivisionError: division by zero"
    assert breaks.read_bytes() == before


def test_a_chapter_that_is_not_done_in_time_is_given_up(tmp_path):
    path = write_notebook(tmp_path, "01_slow.ipynb", "import time\ntime.sleep(60)")
    row = gpu_notebooks.execute(path, until=time.time() + 3)
    assert row["ran"] is False
    assert row["failed"][0]["cell"] is None
    assert row["failed"][0]["error"].startswith("CellTimeoutError")
    assert row["seconds"] < 60
    late = gpu_notebooks.execute(path, until=0)
    assert late["failed"][0]["error"] == "TimeoutError: no time was left"
    assert set(late) == set(row)
