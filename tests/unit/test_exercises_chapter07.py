"""Chapter 7: references against torch, scipy and the book's metrics, and mistakes written as learners would."""

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch.nn import functional as F

from segbook import metrics, models, shapes
from segbook.exercises import get, judge

SEEDS = range(5)


def cases(id):
    return [case for seed in SEEDS for case in get(id).draw(seed)]


def test_the_legal_sizes_are_those_that_the_network_takes():
    for case in cases("7.1"):
        (limit,), depth = case.args, case.options["depth"]
        expected = [size for size in shapes.legal_input_sizes(limit, depth=depth, padding=1) if size <= limit]
        assert get("7.1").reference(limit, depth=depth).tolist() == expected
    model = models.EncoderDecoder(1, 2, width=1, depth=2)
    for size in range(1, 14):
        if size in get("7.1").reference(13, depth=2):
            assert model(torch.zeros(1, 1, size, 4)).shape[-2] == size
        else:
            with pytest.raises(ValueError, match="no legal input size"):
                model(torch.zeros(1, 1, size, 4))


def test_the_ledger_is_what_torch_returns():
    for case in cases("7.2"):
        (size,), depth = case.args, case.options["depth"]
        x, sizes = torch.zeros(1, 1, size), [size]
        for _ in range(depth):
            x = F.max_pool1d(x, 2)
            sizes.append(x.shape[-1])
        for _ in range(depth):
            x = F.conv_transpose1d(x, torch.ones(1, 1, 2), stride=2)
            sizes.append(x.shape[-1])
        assert get("7.2").reference(size, depth=depth).tolist() == sizes


def test_the_bilinear_reference_matches_torch():
    for case in cases("7.3"):
        image = torch.tensor(case.args[0])[None, None]
        expected = F.interpolate(image, scale_factor=2, mode="bilinear")[0, 0].numpy()
        np.testing.assert_allclose(get("7.3").reference(*case.args), expected, atol=1e-12)


def test_the_boundary_reference_matches_the_metric():
    for case in cases("7.4"):
        pred, truth = (torch.from_numpy(mask).long()[None] for mask in case.args)
        counts = metrics.boundary_counts(pred, truth, num_classes=2, **case.options)
        expected = metrics.boundary_f_score(counts)[1].item()
        assert get("7.4").reference(*case.args, **case.options) == pytest.approx(expected)


# Mistakes written as a learner would, not as the declaration does


def ledger_up_as_down(input_size, *, depth):
    down = [input_size // 2**level for level in range(depth + 1)]
    return np.array(down + down[:-1][::-1])


def bilinear_aligned(image):
    x = torch.tensor(image)[None, None]
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)[0, 0].numpy()


def boundary_precision(pred, truth, *, tolerance):
    inner = [ndimage.binary_erosion(mask, border_value=1) for mask in (pred, truth)]
    edges = [mask & ~inside for mask, inside in zip((pred, truth), inner, strict=True)]
    return (ndimage.distance_transform_edt(~edges[1])[edges[0]] <= tolerance).mean()


@pytest.mark.parametrize(
    ("id", "answer", "name"),
    [
        ("7.1", lambda limit, *, depth: np.arange(2 * depth, limit + 1, 2 * depth), "multiples of 2·depth"),
        ("7.2", ledger_up_as_down, "always restores N"),
        ("7.3", bilinear_aligned, "align_corners"),
        ("7.4", boundary_precision, "one side only"),
    ],
)
def test_a_mistake_is_recognised_however_it_is_written(id, answer, name):
    assert judge(get(id), answer, seed=3).misconception.name == name
