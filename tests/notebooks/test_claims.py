"""What a chapter concludes from training stands on a record; what the record does not bear out is not concluded."""

import json
import re
import sys
from pathlib import Path

import nbformat
import pytest
import ranges as declarations

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "benchmarks"))
import claims  # noqa: E402

RECORD = json.loads(claims.RECORD.read_text("utf-8"))
TRAINING = claims.recorded()
each_training_chapter = pytest.mark.parametrize("chapter", TRAINING, ids=[path.stem for path in TRAINING])
NOTEBOOKS = sorted(ROOT.glob("book/[0-9]*.ipynb"))


def differences(chapter, kind):
    """For each claim of a kind, its sentence and its differences in all runs."""
    runs = RECORD[chapter.stem]["runs"]
    for cell in claims.code_cells(chapter):
        for sentence, difference in cell.metadata.get(kind, {}).items():
            yield sentence, [run["claims"][difference] for run in runs]


def test_the_chapters_of_which_a_record_is_kept_are_those_that_conclude_from_training():
    assert [path.name[:2] for path in TRAINING] == ["03", "04", "07", "08", "09"]
    assert claims.chapters() == TRAINING


@each_training_chapter
def test_the_record_is_of_the_code_as_it_stands(chapter):
    told = f"python benchmarks/claims.py {chapter.name[:2]}"
    assert RECORD[chapter.stem]["code"] == claims.fingerprint(chapter), f"the code has changed: {told}"


@each_training_chapter
def test_a_record_has_runs_of_several_seeds_threads_and_instruction_sets(chapter):
    runs = RECORD[chapter.stem]["runs"]
    assert len({run["seed"] for run in runs}) >= claims.RUNS
    chooses = "set_num_threads(1)" in chapter.read_text("utf-8")  # such a chapter has one thread, whatever is asked for
    assert {run["threads"] for run in runs} >= ({1} if chooses else {1, 2})
    assert len({run["instructions"] for run in runs}) >= 2


@each_training_chapter
def test_every_claim_holds_in_every_run_and_by_three_deviations(chapter):
    for sentence, values in differences(chapter, "claims"):
        assert claims.holds(values), (sentence, claims.summary(values))


@each_training_chapter
def test_what_was_dropped_really_does_not_hold(chapter):
    for sentence, values in differences(chapter, "dropped"):
        assert not claims.holds(values), (sentence, claims.summary(values))


@each_training_chapter
def test_a_range_covers_four_deviations_and_every_run(chapter):
    for cell in claims.code_cells(chapter):
        for label, ranges in declarations.declared({"ranges": cell.metadata.get("ranges", {})}).items():
            columns = zip(*(run["numbers"][label] for run in RECORD[chapter.stem]["runs"]), strict=True)
            for number, ((low, high), values) in enumerate(zip(ranges, columns, strict=True)):
                least, most = claims.needed(list(values))
                assert low <= least, (label, number, low, claims.summary(values))
                assert most <= high, (label, number, high, claims.summary(values))


@each_training_chapter
def test_labels_and_claims_are_said_once_in_a_chapter(chapter):
    cells = claims.code_cells(chapter)
    said = [name for kind in ("ranges", "claims", "dropped") for cell in cells for name in cell.metadata.get(kind, {})]
    assert len(said) == len(set(said)), sorted(name for name in said if said.count(name) > 1)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_no_chapter_prints_a_bare_boolean(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            for text in declarations.texts(cell.outputs):
                assert not re.search(r"\b(True|False)\b", text), (cell.source, text)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_the_stored_numbers_lie_in_their_ranges(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            assert declarations.check(cell.metadata, cell.outputs) == []


def test_the_page_for_readers_is_the_record():
    assert claims.RECORD.with_name("CLAIMS.md").read_text("utf-8") == claims.page(RECORD)


# benchmarks/claims.py itself -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "stands"),
    [
        ([0.5, 0.6] * 10, True),
        ([0.5, 0.6] * 9, False),  # too few runs
        ([0.5, 0.6] * 10 + [-0.01], False),  # false once
        ([0.01, 0.9] * 10, False),  # never false, but far from sure
    ],
)
def test_a_claim_needs_twenty_runs_all_of_them_positive_and_three_deviations(values, stands):
    assert claims.holds(values) is stands


CHAPTER = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  name: python3
  display_name: Python 3
---

# A

```{{code-cell}} ipython3
---
ranges:
  "first #": [-9, 9]
claims:
  "the first is larger": first - second
---
import torch

{comment}
torch.manual_seed(3)
first = torch.randn(1).item()
second = first - {step}
print(f"first {{first:.2f}}")
```
"""


def chapter_at(path, *, comment="", step="1"):
    path.write_text(CHAPTER.format(comment=comment, step=step), "utf-8")
    return path


def test_a_run_evaluates_claims_reads_numbers_and_moves_the_seeds(tmp_path, monkeypatch):
    from segbook import train

    monkeypatch.setattr(train, "fit", train.fit)  # run() gives it another seed; put back afterwards
    chapter = chapter_at(tmp_path / "01_a.md")
    stored, other = claims.run(chapter, 0), claims.run(chapter, 1)
    assert stored["claims"] == pytest.approx({"first - second": 1})
    assert stored["numbers"]["first #"] != other["numbers"]["first #"]
    assert stored == claims.run(chapter, 0)


def test_a_record_survives_comments_and_not_another_computation(tmp_path):
    plain = claims.fingerprint(chapter_at(tmp_path / "a.md"))
    assert claims.fingerprint(chapter_at(tmp_path / "a.md", comment="# why")) == plain
    assert claims.fingerprint(chapter_at(tmp_path / "a.md", step="2")) != plain


SHOWN = """
```{code-cell} ipython3
%s
```
"""


@pytest.mark.parametrize(
    ("code", "matters"),
    [
        ("figure = Threshold()\nfigure", False),
        ("plot.compare([first, second], alt='x')\nprint(first)", False),
        ("twice = 2 * first\nfor one in (first, twice):\n    print(one)", False),
        ("def double(x):\n    y = 2 * x\n    return y\nprint(double(first))", False),
        ("picture, (ax,) = plot.new_figure(1)\nax.plot([first])\nplot.show(picture, alt='x')", False),
        ("picture, axes = plot.new_figure(2)\naxes[0].plot([first])\nfor ax in axes:\n    ax.axis('off')", False),
        ("sizes = [8]\nfor half in (4, 2):\n    sizes.append(half)\nprint(sizes)", False),
        ("sizes = first\nsizes.append(2)", True),
        ("sizes = [8]\nfirst.append(sizes)", True),
        ("first.append(2)\nfirst = [8]", True),
        ("ax = first\nax.eval()", True),
        ("ax.plot([first])", True),  # another cell's axis
        ("scores.insert(0, first)", True),
        ("step = 5", True),  # the first cell reads it
        ("train.fit(first)", True),
        ("history = train.fit(first)", True),
        ("shown = first.add_(1)", True),
        ("shown = torch.rand(1)", True),  # the next cell would draw other numbers
        ("first.grad = None", True),
        ("scores['first'] = first", True),
    ],
)
def test_a_record_survives_a_cell_that_only_shows(tmp_path, code, matters):
    chapter = chapter_at(tmp_path / "a.md", step="step")
    plain = claims.fingerprint(chapter)
    chapter.write_text(chapter.read_text("utf-8") + SHOWN % code, "utf-8")
    assert (claims.fingerprint(chapter) != plain) is matters


def test_a_cell_that_only_shows_matters_where_another_reads_it(tmp_path):
    chapter = chapter_at(tmp_path / "a.md")
    plain, text = claims.fingerprint(chapter), chapter.read_text("utf-8")
    chapter.write_text(text + SHOWN % "twice = 2 * first" + SHOWN % "print(twice)", "utf-8")
    assert claims.fingerprint(chapter) == plain
    chapter.write_text(text + SHOWN % "twice = 2 * first" + SHOWN % "answers.append(twice)", "utf-8")
    assert claims.fingerprint(chapter) != plain
    chapter.write_text(text + SHOWN % "second = 2 * first", "utf-8")  # a claim reads it, but of its own cell
    assert claims.fingerprint(chapter) == plain


APART = """
```{code-cell} ipython3
---
tags: [apart]
---
loss = torch.rand(1, requires_grad=True)
loss.backward()
```
"""
DRAWN = """
```{code-cell} ipython3
---
ranges:
  "next #": [-9, 9]
---
print(f"next {torch.rand(1).item():.4f}")
```
"""


def test_a_cell_apart_matters_only_where_another_reads_it_and_draws_from_no_one_elses_numbers(tmp_path, monkeypatch):
    from segbook import train

    monkeypatch.setattr(train, "fit", train.fit)
    chapter = chapter_at(tmp_path / "a.md")
    text = chapter.read_text("utf-8")
    found = []
    for more in (DRAWN, APART + DRAWN, APART.replace("tags: [apart]", "tags: [draws]") + DRAWN):
        chapter.write_text(text + more, "utf-8")
        found.append((claims.fingerprint(chapter), claims.run(chapter, 1)["numbers"]["next #"]))
    (plain, apart, other) = found
    assert apart == plain
    assert other[0] != plain[0]
    assert other[1] != plain[1]
    read = SHOWN % "answers.append(loss)"
    chapter.write_text(text + read, "utf-8")
    alone = claims.fingerprint(chapter)
    chapter.write_text(text + APART + read, "utf-8")
    assert claims.fingerprint(chapter) != alone


def test_recording_goes_on_where_it_stopped_and_forgets_runs_of_other_code(tmp_path, monkeypatch):
    chapter = chapter_at(tmp_path / "01_a.md")
    monkeypatch.setattr(claims, "chapters", lambda which=None: [chapter])
    monkeypatch.setattr(claims, "RECORD", tmp_path / "claims.json")
    folder, setting = tmp_path / "shards", claims.settings()[0]
    folder.mkdir()
    shards = [claims.record_run(chapter, seed, setting, folder) for seed in (0, 1)]
    times = [shard.stat().st_mtime_ns for shard in shards]
    claims.record_run(chapter, 0, setting, folder)
    assert [shard.stat().st_mtime_ns for shard in shards] == times
    claims.RECORD.write_text("{}", "utf-8")
    record = claims.write_record(folder)["01_a"]
    assert [run["seed"] for run in record["runs"]] == [0, 1]
    assert record["claims"]["the first is larger"]["n"] == 2
    assert json.loads(claims.RECORD.read_text("utf-8"))["01_a"] == record
    chapter_at(chapter, step="2")
    assert claims.write_record(folder)["01_a"] == record  # nothing of the new code is recorded yet; the old one stands
