"""What chapter 7 says about averages is what benchmarks/training.py measured; its sum is a concatenation, and comes late."""

import re

import torch
from results import ROOT, assert_chapter_has, measured, table
from torch.nn import functional as F

MODELS = {
    "encoder–decoder, depth 1": "depth 1",
    "encoder–decoder, depth 2": "depth 2",
    "encoder–decoder, depth 3": "depth 3, transposed",
    "encoder–decoder, nearest": "depth 3, nearest",
    "encoder–decoder, bilinear": "depth 3, bilinear",
    "encoder–decoder, depth 4": "depth 4",
    "FCN-32s": "FCN-32s",
    "FCN-16s": "FCN-16s",
    "FCN-8s": "FCN-8s",
}


def table_of(rows):
    return table(rows, "network", MODELS, {"IoU": ("IoU", 3), "boundary F": ("boundary F", 3)})


def test_the_table_is_written_from_every_run():
    rows = [
        {"model": model, "seed": seed, "IoU": 0.5 + seed / 10, "boundary F": 0.1} for model in MODELS for seed in (0, 1)
    ]
    text = table_of(rows)
    assert text.count("\n") == len(MODELS) + 1
    assert "| depth 4 | 0.550 ± 0.071 | 0.100 ± 0.000 |" in text


def test_the_chapters_table_is_the_measured_one():
    assert_chapter_has("07_encoder_decoder", table_of(measured()))


def test_a_sum_of_scores_is_a_concatenation_that_is_mixed():
    torch.manual_seed(0)
    for num_classes, channels in ((2, 8), (21, 5), (1, 1)):
        scores, features = torch.randn(3, num_classes, 6, 5).double(), torch.randn(3, channels, 6, 5).double()
        weight = torch.randn(num_classes, channels, 1, 1).double()
        mixer = torch.cat([torch.eye(num_classes).double()[..., None, None], weight], dim=1)
        mixed = F.conv2d(torch.cat([scores, features], dim=1), mixer)
        torch.testing.assert_close(mixed, scores + F.conv2d(features, weight))


def test_learned_upsampling_and_the_fusion_of_scores_come_after_the_coarse_grid():
    first = {}
    for chapter in sorted(ROOT.glob("book/[01]*.md")):
        source = chapter.read_text("utf-8")
        code = "".join(re.findall(r"^```\{code-cell\}.*?^```", source, re.MULTILINE | re.DOTALL))
        for idea, text, words in (
            ("1 × 1 convolution", source, "1 × 1 convolution"),
            ("coarse grid", source, "coarse grid"),
            ("a layer that learns to enlarge", code, "nn.ConvTranspose"),
            ("fused scores", code, "models.FCN("),
        ):
            if words in text:
                first.setdefault(idea, int(chapter.name[:2]))
    assert first == {
        "1 × 1 convolution": 4,
        "coarse grid": 4,
        "a layer that learns to enlarge": 7,
        "fused scores": 7,
    }


if __name__ == "__main__":
    print(table_of(measured()))
