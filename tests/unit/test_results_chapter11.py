"""Chapter 11's tables are what benchmarks/real_images.py measured, its split is that of the training command."""

import json
import re
from pathlib import Path

import numpy as np

from segbook.data import nuclei, nuclei_fields
from segbook.train import pretrained
from segbook.train.parts import open_parts

ROOT = Path(__file__).parents[2]
RESULT = json.loads((ROOT / "benchmarks/results/real_images.json").read_text("utf-8"))
TEXT = (ROOT / "book/11_real_images.md").read_text("utf-8")
NAMES = {"Otsu": "Otsu's threshold"}
READ = {"distance": "watershed", "components": "components"}


def span(values):
    return "{:.2f} ({:.2f} to {:.2f})".format(*values)


def signed(values):
    return "{:.3f} ({:.3f} to {:.3f})".format(*values).replace("-", "−")


def recipes():
    ways = {row["recipe"]: f"{READ[row['seeds']]} above {row['threshold']}" for row in RESULT["rows"]}
    ways["Otsu"] = "watershed, grown by 1 like the others"
    for row in RESULT["together"][::2]:
        test = next(o for o in RESULT["together"] if o["recipe"] == row["recipe"] and o["part"] == "test")
        name = NAMES.get(row["recipe"], row["recipe"])
        yield (
            f"| {name} | {ways[row['recipe']]} | {span(row['AP'])} | {span(test['AP'])} | {test['merged'][0]:.2f} | "
            f"{test['IoU'][0]:.2f} |"
        )


def differences():
    for row in RESULT["differences"]:
        if row["part"] == "test":
            yield f"| {row['first']} | {NAMES.get(row['other'], row['other'])} | {signed(row['AP'])} |"


def test_the_tables_are_what_was_measured():
    lines = TEXT.splitlines()
    assert [line for line in [*recipes(), *differences()] if lines.count(line) != 1] == []


def test_the_split_is_that_of_the_command_and_keeps_fields_together():
    held = [int(number) for number in re.search(r"held = \[([\d, ]+)\]", TEXT)[1].split(",")]
    names, fields = nuclei("train").names, nuclei_fields()
    parts = open_parts("sample")
    assert [names[number] for number in held] == parts.validation.names
    taught = {fields[name] for name in parts.train.names}
    assert not taught & {fields[name] for name in parts.validation.names}
    assert pretrained("nuclei").record["data"]["validation"] == parts.validation.names
    script = (ROOT / "benchmarks/real_images.py").read_text("utf-8")
    assert f"VALIDATION = ({', '.join(map(str, held))})" in script


def test_the_pairs_that_the_chapter_finds_are_of_one_field():
    notebook = json.loads((ROOT / "book/11_real_images.ipynb").read_text("utf-8"))
    printed = "".join("".join(o.get("text", [])) for cell in notebook["cells"] for o in cell.get("outputs", []))
    pairs = re.findall(r"image (\d+) lies (?:right of|below) image (\d+)", printed)
    names, fields = nuclei("train").names, nuclei_fields()
    assert len(pairs) == 4
    for pair in [*pairs, ("10", "18")]:  # the fifth is known by a third tile
        one, other = (fields[names[int(number)]] for number in pair)
        assert one == other
    every = [fields[name] for name in names]
    assert sum(every.count(field) - 1 for field in set(every)) == 5


def test_what_the_exercise_stores_is_small_and_of_test_images_only():
    path = ROOT / "segbook/exercises/chapter11/nuclei.npz"
    assert path.stat().st_size < 40_000
    with np.load(path) as file:
        levels, ids = file["levels"], file["ids"]
    assert levels.shape == ids.shape == (12, 96, 96)
    assert levels.max() < 50
    middles = [instances[80:176, 80:176].numpy() > 0 for *_, instances in nuclei("test")]
    for one in ids:
        assert any(np.array_equal(one > 0, middle) for middle in middles)
