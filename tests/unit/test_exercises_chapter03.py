"""Chapter 3: references against torch and segbook, and mistakes written as learners would."""

import numpy as np
import pytest
import torch
from answers.chapter03 import counts_by_axes
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from segbook import ops
from segbook.exercises import get, judge

SEEDS = range(10)


def cases(id):
    return [case for seed in SEEDS for case in get(id).draw(seed)]


def test_the_patch_reference_is_the_books_operator():
    for case in cases("3.1"):
        image, row, column = case.args
        expected = ops.patch_at(torch.tensor(image)[None].float(), row, column, **case.options)[0]
        np.testing.assert_allclose(get("3.1").reference(*case.args, **case.options), expected)


def test_the_counts_reference_is_a_transposed_convolution_of_ones():
    for case in cases("3.2"):
        height, width = case.args
        size = case.options["patch_size"]
        stamped = F.conv_transpose2d(torch.ones(1, 1, height, width), torch.ones(1, 1, size, size), padding=size // 2)
        np.testing.assert_array_equal(get("3.2").reference(*case.args, **case.options), stamped[0, 0])


def test_the_cost_reference_is_what_torch_counts():
    for case in cases("3.3")[:30]:
        image_size, patch_size = case.args
        kernel, read, written = (case.options[name] for name in ("kernel_size", "in_channels", "out_channels"))
        found = []
        for images, size in ((image_size**2, patch_size), (1, image_size + patch_size - 1)):
            with FlopCounterMode(display=False) as counter:
                F.conv2d(torch.zeros(1, read, size, size), torch.zeros(written, read, kernel, kernel))
            found.append(images * counter.get_total_flops() // 2)
        assert get("3.3").reference(*case.args, **case.options).tolist() == found


# Mistakes written as a learner would, not as the declaration does


def patch_in_zeros(image, row, column, *, patch_size):
    patch, reach = np.zeros((patch_size, patch_size)), patch_size // 2
    for a in range(patch_size):
        for b in range(patch_size):
            y, x = row + a - reach, column + b - reach
            if 0 <= y < image.shape[0] and 0 <= x < image.shape[1]:
                patch[a, b] = image[y, x]
    return patch


def patch_clipped(image, row, column, *, patch_size):
    steps = np.arange(patch_size) - patch_size // 2
    rows, columns = (np.clip(c + steps, 0, n - 1) for c, n in zip((row, column), image.shape, strict=True))
    return image[rows][:, columns]


@pytest.mark.parametrize(
    ("id", "answer", "name"),
    [
        ("3.1", patch_in_zeros, "zeros beyond the border"),
        ("3.1", patch_clipped, "edge pixel repeated"),
        ("3.2", lambda h, w, *, patch_size: np.ones((h, w)) * patch_size * patch_size, "patch_size² everywhere"),
        ("3.2", lambda h, w, *, patch_size: counts_by_axes(w, h, patch_size=patch_size), "height and width swapped"),
        ("3.3", lambda n, p, *, kernel_size, in_channels, out_channels: np.array([n**2 * (p - kernel_size + 1) ** 2, (n + p - kernel_size) ** 2]) * kernel_size**2, "channels missing"),
    ],
)  # fmt: skip
def test_a_mistake_is_recognised_however_it_is_written(id, answer, name):
    assert judge(get(id), answer, seed=3).misconception.name == name
