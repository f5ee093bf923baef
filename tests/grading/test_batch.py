"""A batch loses nothing and grades nothing twice, whatever is killed: itself, its processes, workers of a cluster."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from classroom import IDS, ROOT, notebook, right_notebook

from segbook.grading import batch
from segbook.grading.batch import grade_all
from segbook.grading.grade import Task
from segbook.grading.plan import Plan
from segbook.grading.status import Status
from segbook.grading.submissions import find

pytestmark = [pytest.mark.usefixtures("sandbox"), pytest.mark.filterwarnings("default")]

CLASS = 12


def ended(*_):
    os._exit(1)


@pytest.fixture
def cluster():
    distributed = pytest.importorskip("distributed", reason="pip install 'segbook[cluster]'")
    options = {
        "n_workers": 2,
        "threads_per_worker": 1,
        "processes": True,
        "dashboard_address": None,
        "silence_logs": 50,
    }
    with distributed.LocalCluster(**options) as running:
        yield running


def test_a_worker_that_dies_half_way_loses_nothing_and_nothing_is_graded_twice(cluster, plan, tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    for number in range(CLASS):
        (tmp_path / "in" / f"s{number:02}.ipynb").write_bytes(right_notebook(*IDS[: 1 + number % 3]))
    submissions = find(tmp_path / "in")
    written = Counter()
    real = batch.save_result
    monkeypatch.setattr(
        batch, "save_result", lambda folder, result: written.update([result.submission]) or real(folder, result)
    )
    killed = []

    def kill_one():
        while len(written) < CLASS // 3:
            time.sleep(0.01)
        killed.append(cluster.workers[0].pid)
        os.kill(killed[0], signal.SIGKILL)

    killer = threading.Thread(target=kill_one, daemon=True)
    killer.start()
    results = grade_all(submissions, plan, tmp_path / "cluster", scheduler=cluster.scheduler_address, progress=False)
    killer.join(10)
    assert killed
    assert len(results) == CLASS
    assert set(written.values()) == {1}
    assert {result.status for result in results.values()} == {Status.OK}
    some = submissions[:3]
    grade_all(some, plan, tmp_path / "here", progress=False)
    for file in (tmp_path / "here").iterdir():
        assert file.read_bytes() == (tmp_path / "cluster" / file.name).read_bytes()


def test_a_batch_that_was_killed_goes_on_where_it_was(tmp_path):
    (tmp_path / "in").mkdir()
    for number in range(6):
        (tmp_path / "in" / f"s{number}.ipynb").write_bytes(right_notebook("6.3"))
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from segbook.grading.batch import grade_all\n"
        "from segbook.grading.plan import Plan\n"
        "from segbook.grading.submissions import find\n"
        "grade_all(find(Path(sys.argv[1])), Plan('s', ('6.3',)), Path(sys.argv[2]), progress=False)\n"
    )
    out = tmp_path / "out"

    def written():
        return {path.name: path.stat().st_mtime_ns for path in out.glob("*.json")}

    with subprocess.Popen([sys.executable, "-c", code, tmp_path / "in", out], cwd=ROOT) as killed:
        while len(written()) < 2 and killed.poll() is None:
            time.sleep(0.005)
        killed.kill()
    before = written()
    assert 2 <= len(before) < 6
    results = grade_all(find(tmp_path / "in"), Plan("s", ("6.3",)), out, progress=False)
    assert before.items() <= written().items()  # none was graded twice
    assert len(written()) == 6
    assert {result.earned for result in results.values()} == {4}


def processes(mark):
    """The processes that have a mark on their command lines or in their environments."""
    found = set()
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if folder.name.isdigit() and mark in (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes():
                found.add(int(folder.name))
    return found


@pytest.mark.parametrize(("number", "sandbox"), [(signal.SIGKILL, True), (signal.SIGTERM, False)])
def test_a_batch_that_was_killed_leaves_no_process(tmp_path, number, sandbox):
    (tmp_path / "in").mkdir()
    for name in ("a", "b"):
        cell = "import ctypes, time\nctypes.CDLL(None).prctl(15, b'asleep', 0, 0, 0)\ntime.sleep(300)"  # PR_SET_NAME
        (tmp_path / f"in/{name}.ipynb").write_bytes(notebook(cell))
    mark = f"SEGBOOK_TEST_{os.urandom(6).hex()}"
    limits = f"Limits(cell=300.0, total=900.0, memory={(memory := 600 + os.getpid() % 300)})"
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from segbook.grading.batch import grade_all\n"
        "from segbook.grading.plan import Plan\n"
        "from segbook.grading.sandbox import Limits\n"
        "from segbook.grading.submissions import find\n"
        "if __name__ == '__main__':\n"
        f"    plan = Plan('s', ('6.3',), limits={limits}, sandbox={sandbox})\n"
        "    grade_all(find(Path(sys.argv[1])), plan, Path(sys.argv[2]), jobs=2, progress=False)\n"
    )
    (tmp_path / "batch.py").write_text(code)
    environment = os.environ | {mark: "1", "PYTHONPATH": str(ROOT)}
    workers = str(memory << 20).encode()

    def running():
        return processes(mark.encode()) | (processes(workers) - before)

    def asleep():
        return [pid for pid in processes(workers) if Path(f"/proc/{pid}/comm").read_text() == "asleep\n"]

    before = processes(workers)
    command = [sys.executable, tmp_path / "batch.py", tmp_path / "in", tmp_path / "out"]
    with subprocess.Popen(command, env=environment) as killed:
        while len(asleep()) < 2 and killed.poll() is None:
            time.sleep(0.3)  # to look through all processes takes a while itself
        assert len(running()) >= 5  # itself, two that grade, two that run
        killed.send_signal(number)
    deadline = time.monotonic() + 30
    while running() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert running() == set()


def test_a_submission_on_which_the_grader_fails_is_listed_and_the_others_are_graded(plan, tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    for name in ("a", "b"):
        (tmp_path / "in" / f"{name}.ipynb").write_bytes(right_notebook("6.3"))
    real = batch.grade_one
    fail = {"a.ipynb"}
    monkeypatch.setattr(batch, "grade_one", lambda task, plan: 1 / 0 if task.name in fail else real(task, plan))
    results = grade_all(find(tmp_path / "in"), plan, tmp_path / "out", progress=False)
    assert results["a.ipynb"].reason == "the grader failed: ZeroDivisionError: division by zero"
    assert (results["a.ipynb"].status, results["b.ipynb"].status) == (Status.SANDBOX, Status.OK)
    fail.clear()
    assert grade_all(find(tmp_path / "in"), plan, tmp_path / "out", progress=False)["a.ipynb"].earned == 4


def test_a_grading_process_that_is_killed_stops_the_batch_with_advice(plan, monkeypatch):
    monkeypatch.setattr(batch, "_grade_whatever", ended)
    with pytest.raises(ValueError, match=r"ended from outside.*fewer --jobs.*goes on from here"):
        list(batch._on_cores([Task("x")], plan, 1))


def test_a_log_gets_a_line_now_and_then_and_a_terminal_a_bar(capsys, monkeypatch):
    def said(shown):
        with batch.Progress(3, shown=shown) as progress:
            progress.update()
        return capsys.readouterr().err

    assert said(None) == ""  # a minute is not over
    monkeypatch.setattr(batch, "EACH", 0.0)
    assert said(None) == "1 of 3 submissions graded\n"
    assert said(False) == ""
