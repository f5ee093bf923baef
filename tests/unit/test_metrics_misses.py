"""Misses by kind: small cases by hand, and sums that other metrics give."""

import pytest
import torch

from segbook.metrics import MISS_KINDS, instance_counts, merged_cells, misses_by_kind

LABELS = torch.tensor([[1] * 4 + [2] * 4 + [0] * 2 + [3] * 10])[None]


def kinds(preds):
    return {kind: n for kind, n in zip(MISS_KINDS, misses_by_kind(preds, LABELS)[0].tolist(), strict=True) if n}


@pytest.mark.parametrize(
    ("drawn", "expected"),
    [
        ("11112222  3333333333", {}),
        ("11111111  3333333333", {"merged": 2}),
        ("11111222  3333333333", {}),
        ("1111222211111       ", {"near miss": 2}),
        ("11112222  333   4444", {"split": 1}),
        ("11112222  3333      ", {"near miss": 1}),
        ("11112222  3         ", {"near miss": 1}),  # an IoU of exactly 0.1
        ("11112222            ", {"no object": 1}),
        ("                    ", {"no object": 3}),
        ("33333333333333333333", {"merged": 3}),  # of the third 10 of 20, not more than ½
    ],
)
def test_a_miss_has_the_kind_that_one_sees(drawn, expected):
    preds = torch.tensor([[int(one) if one.strip() else 0 for one in drawn]])[None]
    assert kinds(preds) == expected


def test_a_small_nucleus_swallowed_by_a_large_object_is_merged_though_hardly_overlapped():
    labels = torch.tensor([[1] * 12 + [2]])[None]
    assert misses_by_kind((labels > 0).long(), labels)[0].tolist() == [1, 0, 0, 0]  # the large one is hit


def test_kinds_add_up_to_all_misses():
    generator = torch.Generator().manual_seed(0)
    coarse = lambda: torch.randint(0, 5, (6, 5, 5), generator=generator)  # noqa: E731
    labels, preds = (one.repeat_interleave(3, 1).repeat_interleave(3, 2) for one in (coarse(), coarse()))
    labels[:, ::4], preds[:, :, ::5] = 0, 0
    found = misses_by_kind(preds, labels)
    assert found.shape == (6, 4)
    for n in range(6):
        pair = preds[n : n + 1], labels[n : n + 1]
        assert found[n].sum() == instance_counts(*pair, thresholds=(0.5,))[0, 2]
        assert found[n, 0] <= merged_cells(*pair)
    assert misses_by_kind(torch.zeros_like(labels), torch.zeros_like(labels)).sum() == 0
