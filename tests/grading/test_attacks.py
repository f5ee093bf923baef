"""No submission gains a point, harms another, leaves something running or writes elsewhere: the whole suite at once.

`make test` takes a third of each kind of attack, `make slow` all. The table of what each attack got is in README.md
beside this file; `SEGBOOK_WRITE_ATTACKS=1` writes it when all are run: `-m "slow or not slow"`.
"""

import contextlib
import os
import random
import socket
import time
from pathlib import Path

import broken
import pytest
from attacks import ATTACKS, HONEST, TORCH
from classroom import IDS, ROOT, notebook, right_notebook
from holes import HOLES

from segbook.grading.batch import grade_all
from segbook.grading.files import slug
from segbook.grading.plan import Plan, declared
from segbook.grading.results import Result
from segbook.grading.sandbox import Limits
from segbook.grading.submissions import find

SECRET = "xyzzy-never-to-be-seen-2016"
MEMORY = 613  # MiB, an odd number: it stands in the arguments of every worker of these tests and of no other
LIMITS = Limits(cell=1.5, call=1.5, total=6.0, memory=MEMORY)
EVERY = ATTACKS | HOLES | TORCH
WITH_TORCH = """
from dataclasses import replace
from segbook.exercises import get

one, two = get("6.3"), replace(get("6.4"), allows=("torch",))
"""
HONEST_CLASS = {"ada": ("6.1", "6.2"), "bob": IDS, "cleo": ("6.3",)}
TABLE = Path(__file__).with_name("README.md")


def few_of_each_kind() -> set[str]:
    """Draw a third of the attacks of each kind and status, always the same."""
    kinds: dict[tuple[str, str], list[str]] = {}
    for name, attack in EVERY.items():
        kinds.setdefault((name.partition(":")[0], attack.status), []).append(name)
    draw = random.Random(0).sample
    return {name for names in kinds.values() for name in draw(names, (len(names) + 2) // 3)}


FEW = few_of_each_kind()
NAMES = [pytest.param(name, marks=() if name in FEW else pytest.mark.slow) for name in EVERY]


class Listeners:
    """Where attacks may try to connect to; nobody should."""

    def __init__(self, folder: Path) -> None:
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.unix = socket.socket(socket.AF_UNIX)
        self.unix.bind(str(folder / "s"))
        self.abstract = socket.socket(socket.AF_UNIX)
        self.abstract.bind("\0segbook-attack-" + str(os.getpid()))
        for one in (self.unix, self.abstract):
            one.listen()
        for one in (self.tcp, self.udp, self.unix, self.abstract):
            one.setblocking(False)

    def heard(self) -> list[str]:
        heard = []
        for name in ("tcp", "unix", "abstract"):
            with contextlib.suppress(BlockingIOError):
                getattr(self, name).accept()[0].close()
                heard.append(name)
        with contextlib.suppress(BlockingIOError):
            self.udp.recv(10)
            heard.append("udp")
        return heard

    def close(self) -> None:
        for one in (self.tcp, self.udp, self.unix, self.abstract):
            one.close()


def grade(folder: Path, out: Path, *private: tuple[str, str], jobs: int = 1) -> dict[str, Result]:
    plan = Plan(SECRET, tuple(declared(private)) if private else IDS, private, LIMITS)
    return grade_all(find(folder), plan, out, jobs=jobs, progress=False)


def hand_in_honestly(folder: Path) -> None:
    folder.mkdir()
    for name, ids in HONEST_CLASS.items():
        (folder / f"{name}.ipynb").write_bytes(right_notebook(*ids))


def wanted(items: list[pytest.Item]) -> list[str]:
    """The attacks that the tests which are to run ask for."""
    here = [item for item in items if item.path == Path(__file__) and isinstance(item, pytest.Function)]
    if any(item.name == test_the_table_in_the_readme_is_what_the_suite_found.__name__ for item in here):
        return list(EVERY)
    asked = {item.callspec.params.get("name") for item in here if hasattr(item, "callspec")}
    return [name for name in EVERY if name in asked]


@pytest.fixture(scope="module")
def siege(sandbox, tmp_path_factory, request):
    """Grade the honest class alone, then the same class among the attacks."""
    base = tmp_path_factory.mktemp("siege")
    hand_in_honestly(base / "alone")
    hand_in_honestly(base / "class")
    (base / "torch").mkdir()
    listeners = Listeners(base)
    filled = {
        "tcp": listeners.tcp.getsockname()[1],
        "udp": listeners.udp.getsockname()[1],
        "unix": str(base / "s"),
        "abstract": f"segbook-attack-{os.getpid()}",
        "secret": SECRET,
        "terces": SECRET[::-1],
        "other": str(base / "class" / "ada.ipynb"),
        "folders": [str(path) for path in (ROOT, base, Path(__file__), Path.cwd())],
        "reference": str(ROOT / "segbook/exercises/chapter06/output_padding.py"),
        "outside": str(base / "outside"),
    }
    names = {}
    for number, name in enumerate(wanted(request.session.items)):
        cells = [HONEST, *EVERY[name].cells]
        for word, value in filled.items():
            cells = [cell.replace(f"@{word}@", repr(value)) for cell in cells]
        names[name] = f"x{number:03}.ipynb"
        (base / ("torch" if name in TORCH else "class") / names[name]).write_bytes(notebook(*cells))
    broken.hand_in(base / "class", base / "outside")
    os.environ["SEGBOOK_GRADING_SECRET"] = SECRET
    before = {path: path.stat().st_mtime_ns for path in base.rglob("*")}
    alone = grade(base / "alone", base / "results-alone")
    results = grade(base / "class", base / "results", jobs=3)
    results |= grade(base / "torch", base / "results-torch", ("torch.py", WITH_TORCH))
    del os.environ["SEGBOOK_GRADING_SECRET"]
    yield {
        "base": base,
        "alone": alone,
        "results": results,
        "names": names,
        "before": before,
        "heard": listeners.heard(),
    }
    listeners.close()


@pytest.mark.parametrize("name", NAMES)
def test_an_attack_gains_nothing_and_has_the_right_status(siege, name):
    result = siege["results"][siege["names"][name]]
    assert (result.earned, str(result.status)) == (EVERY[name].earned, EVERY[name].status), result.reason


@pytest.mark.parametrize("name", broken.FILES)
def test_a_broken_file_has_the_right_status_and_does_not_stop_the_rest(siege, name):
    expected = broken.FILES[name]
    result = siege["results"][expected.name]
    assert (result.earned, str(result.status)) == (expected.earned, expected.status), result.reason
    assert expected.phrase in result.reason


def test_honest_results_are_the_same_byte_for_byte_with_and_without_attackers(siege):
    for name, ids in HONEST_CLASS.items():
        file = f"{slug(f'{name}.ipynb')}.json"
        alone = (siege["base"] / "results-alone" / file).read_bytes()
        assert alone == (siege["base"] / "results" / file).read_bytes()
        assert siege["results"][f"{name}.ipynb"].earned == 4 * len(ids)


def test_nobody_reached_the_network(siege):
    assert siege["heard"] == []


def test_nothing_was_written_elsewhere(siege):
    base = siege["base"]
    results = {base / "results", base / "results-alone", base / "results-torch"}
    after = {
        path: path.stat().st_mtime_ns
        for path in base.rglob("*")
        if path not in results and not results & set(path.parents)
    }
    assert after == siege["before"]
    assert not (base / "outside").exists()
    assert {path.suffix for path in (base / "results").iterdir()} == {".json"}


def running_workers() -> list[str]:
    mark = str(MEMORY << 20).encode()
    found = []
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if folder.name.isdigit() and mark in (folder / "cmdline").read_bytes():
                found.append(folder.name)
    return found


def test_nothing_is_left_running(siege):
    deadline = time.monotonic() + 10
    while running_workers() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert running_workers() == []


def row(name: str, honest: int, result: Result) -> str:
    return f"| {name} | {result.status} | {honest} | {result.earned - honest} |"


def test_the_table_in_the_readme_tells_of_every_attack_what_it_got(siege):
    lines = [line for line in TABLE.read_text("utf-8").splitlines() if line.startswith("| ")][1:]
    assert [line.split(" | ")[0][2:] for line in lines] == [*EVERY, *(f"file: {name}" for name in broken.FILES)]
    assert {row(name, EVERY[name].earned, siege["results"][file]) for name, file in siege["names"].items()} <= {*lines}


@pytest.mark.slow
def test_the_table_in_the_readme_is_what_the_suite_found(siege):
    rows = [(name, EVERY[name].earned, siege["results"][file]) for name, file in siege["names"].items()]
    rows += [(f"file: {name}", file.earned, siege["results"][file.name]) for name, file in broken.FILES.items()]
    lines = [row(*one) for one in rows]
    text = "\n".join(
        [
            "# Attacks on the grader",
            "",
            "Written by `SEGBOOK_WRITE_ATTACKS=1 pytest -m 'slow or not slow' tests/grading/test_attacks.py`. Each attack is a",
            "notebook with one honest answer worth 4 points; where it forfeits them, or is a file without one, the honest part",
            "is 0. Gained is what it got beyond. `make test` runs a third of each kind, `make slow` all.",
            "",
            f"{len(rows)} attacks and broken files, {sum(result.earned > honest for _, honest, result in rows)} gained.",
            "",
            "| attack | status | honest part | gained |",
            "|---|---|---|---|",
            *lines,
            "",
        ]
    )
    if os.environ.get("SEGBOOK_WRITE_ATTACKS"):
        TABLE.write_text(text, "utf-8")
    assert TABLE.read_text("utf-8") == text
