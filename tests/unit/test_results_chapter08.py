"""What chapter 8 claims of training is what its stored notebook printed, and what the seeds' table says."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOTEBOOK = json.loads((ROOT / "book/08_unet.ipynb").read_text("utf-8"))
RESULTS = ROOT / "benchmarks/results/training.json"
NETWORKS = {  # the book's benchmark: what the chapter calls it
    "encoder–decoder, depth 4": "none, $H/16$",
    "encoder–decoder, depth 3": "none, $H/8$",
    "U-Net, summed skips": "sum, $H/8$",
    "U-Net": "concatenation, $H/8$",
}


def printed():
    outputs = [output for cell in NOTEBOOK["cells"] for output in cell.get("outputs", [])]
    return "".join("".join(output.get("text", "")) for output in outputs)


def test_skips_sharpen_outlines_in_the_stored_chapter():
    text = printed()
    for skips in ("sum", "concat"):
        assert f"{skips} · boundary F higher by more than 0.3: True · IoU by more than 0.1: True" in text
    assert "the outlines follow the skips, by more than 0.3: True" in text
    assert "no shift, no change: True" in text


def test_every_ordering_that_the_chapter_prints_is_as_its_text_says():
    false = [line for line in printed().splitlines() if line.endswith("False")]
    assert false == ["next tile 84 rows on: equal to one pass: False"]


def table(results: dict) -> list[str]:
    """Write the chapter's table over seeds from the results of benchmarks/training.py."""
    summary = {row["model"]: row for row in results["summary"]}
    lines = ["| skips | parameters | IoU of the cells | boundary F |", "|---|---|---|---|"]
    for name, skips in NETWORKS.items():
        row = summary[name]
        lines.append(f"| {skips} | {row['parameters']} | {row['IoU']} | {row['boundary F']} |")
    return lines


def test_the_table_over_seeds_is_that_of_the_results():
    lines = table(json.loads(RESULTS.read_text("utf-8")))
    chapter = (ROOT / "book/08_unet.md").read_text("utf-8")
    start = re.escape("| skips | parameters |")
    (found,) = re.findall(rf"^{start}.*?(?=\n\n)", chapter, re.MULTILINE | re.DOTALL)
    assert found == "\n".join(lines), "put this into the chapter:\n" + "\n".join(lines)
