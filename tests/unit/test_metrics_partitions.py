"""Adapted Rand error against scikit-image and pairs of pixels counted one by one."""

import math
import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage.metrics import adapted_rand_error as skimage_error

from segbook.data import cell_scene
from segbook.metrics import adapted_rand_error, pair_counts

SMALL = settings(deadline=None, max_examples=60)


@st.composite
def two_maps(draw, ignored=()):
    shape = draw(st.tuples(st.integers(1, 2), st.integers(1, 4), st.integers(1, 5)))
    preds = draw(hnp.arrays(np.int64, shape, elements=st.sampled_from([0, 1, 2, 70_000])))
    labels = draw(hnp.arrays(np.int64, shape, elements=st.sampled_from([0, 1, 2, 70_000, *ignored])))
    return torch.from_numpy(preds), torch.from_numpy(labels)


@SMALL
@given(two_maps(ignored=[255]))
def test_pairs_match_brute_force(maps):
    expected = [0, 0, 0]
    for pred, label in zip(*(one.numpy() for one in maps), strict=True):
        places = [place for place in np.ndindex(*label.shape) if label[place] not in (0, 255)]
        for a in places:
            for b in places:
                if a != b:
                    in_pred, in_truth = pred[a] == pred[b], label[a] == label[b]
                    expected = np.add(expected, [in_pred and in_truth, in_pred, in_truth])
    assert pair_counts(*maps, ignore_index=255).tolist() == list(expected)


@SMALL
@given(two_maps())
def test_the_error_is_scikit_images(maps):
    for pred, label in zip(*maps, strict=True):
        counts = pair_counts(pred[None], label[None])
        both, in_preds, in_labels = counts.tolist()
        if in_preds and in_labels:
            error, *shares = skimage_error(label.numpy(), pred.numpy())
            assert adapted_rand_error(counts) == pytest.approx(error)
            # Sorted, because version 0.26 calls precision what its documentation calls recall.
            assert sorted((both / in_preds, both / in_labels)) == pytest.approx(sorted(shares))
        elif not in_preds and not in_labels:
            assert math.isnan(adapted_rand_error(counts))
        else:
            assert adapted_rand_error(counts) == 1


def test_a_large_scene_has_scikit_images_error():
    truth = cell_scene(512, seed=0, num_cells=150).instances
    pred = torch.where(truth % 3 == 0, truth // 6 + 1, truth)  # some cells joined, some not
    expected = skimage_error(truth.numpy(), pred.numpy())[0]
    assert 0.01 < expected < 0.9
    assert adapted_rand_error(pair_counts(pred[None], truth[None])) == pytest.approx(expected)


def test_perfect_lazy_and_joined_answers_and_images_without_cells():
    truth = torch.stack([cell_scene(seed=seed, size=64).instances for seed in range(3)])
    empty = torch.zeros_like(truth)
    assert adapted_rand_error(pair_counts(truth, truth)) == 0
    lazy = adapted_rand_error(pair_counts(empty, truth))
    areas = [np.bincount(ids[ids > 0]) for ids in truth.numpy()]
    together = sum((one * (one - 1)).sum() for one in areas) / sum(one.sum() * (one.sum() - 1) for one in areas)
    assert lazy == pytest.approx(1 - 2 * together / (together + 1))
    assert 0.5 < lazy < 1
    assert adapted_rand_error(pair_counts(torch.ones_like(truth), truth)) == lazy  # background is one id more
    assert math.isnan(adapted_rand_error(pair_counts(truth, empty)))
    assert math.isnan(adapted_rand_error(pair_counts(empty, empty)))


def test_a_split_costs_recall_and_a_merger_precision():
    two, one = torch.tensor([[[1, 1, 1, 2, 2, 2]]]), torch.ones(1, 1, 6, dtype=torch.int64)
    both, in_preds, in_labels = pair_counts(two, one).tolist()
    assert both == in_preds < in_labels
    both, in_preds, in_labels = pair_counts(one, two).tolist()
    assert both == in_labels < in_preds
    speckled = torch.arange(6).reshape(1, 1, 6)
    assert adapted_rand_error(pair_counts(speckled, one)) == 1


@SMALL
@given(two_maps(ignored=[255]))
def test_ids_are_names_only_and_batches_add_up(maps):
    preds, labels = maps
    expected = pair_counts(preds, labels, ignore_index=255)
    assert torch.equal(pair_counts(preds * 2**40 + 7, labels, ignore_index=255), expected)
    renamed = torch.where((labels == 0) | (labels == 255), labels, labels * 2**40)
    assert torch.equal(pair_counts(preds, renamed, ignore_index=255), expected)
    parts = [pair_counts(preds[n : n + 1], labels[n : n + 1], ignore_index=255) for n in range(len(preds))]
    assert torch.equal(sum(parts), expected)
    arrays = [one.numpy().astype(np.uint32) for one in maps]
    assert torch.equal(pair_counts(*arrays, ignore_index=255), expected)


@SMALL
@given(two_maps(), st.integers(0, 3))
def test_what_is_ignored_might_as_well_be_cut_off(maps, columns):
    preds, labels = maps
    kept = labels.shape[2] - min(columns, labels.shape[2] - 1)
    ignored = labels.clone()
    ignored[:, :, kept:] = -100
    assert torch.equal(pair_counts(preds, ignored), pair_counts(preds[:, :, :kept], labels[:, :, :kept]))


A, BAD = torch.ones(1, 2, 2, dtype=torch.int64), torch.tensor([[[0, 1], [2, -3]]])


@pytest.mark.parametrize(
    ("call", "shows"),
    [
        (lambda: pair_counts(BAD, A), "preds must be at least 0 .* got -3"),
        (lambda: pair_counts(A, BAD), "labels must be at least 0 .* got -3"),
    ],
)
def test_bad_input_is_refused_with_the_numbers(call, shows):
    with pytest.raises(ValueError, match=re.compile(shows)):
        call()
