"""What chapter 9 says about averages is what benchmarks/training.py measured."""

from results import assert_chapter_has, measured, table

MODELS = {"U-Net": "without weights", "U-Net, weighted loss": "with weights"}
DIGITS = {"AP": 2, "merged": 2, "split": 1, "IoU": 3, "boundary F": 3}


def table_of(rows):
    return table(rows, "U-Net", MODELS, {score: (score, digits) for score, digits in DIGITS.items()})


def test_the_table_is_written_from_every_run():
    rows = [
        {"model": model, "AP": 0.5 + seed / 10, "merged": 0.25, "split": seed, "IoU": 0.9, "boundary F": 0.8}
        for model in MODELS
        for seed in (0, 1)
    ]
    text = table_of(rows)
    assert text.count("\n") == len(MODELS) + 1
    assert "| with weights | 0.55 ± 0.07 | 0.25 ± 0.00 | 0.5 ± 0.7 | 0.900 ± 0.000 | 0.800 ± 0.000 |" in text


def test_the_chapters_table_is_the_measured_one():
    assert_chapter_has("09_weighted_loss", table_of(measured()))


if __name__ == "__main__":
    print(table_of(measured()))
