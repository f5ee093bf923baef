"""Reading a picture's pixels from other places: against scipy, and a window against the whole picture."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from segbook.data.warping import warp, warp_window


def rng(seed=0):
    return np.random.default_rng(seed)


def numbered(height, width, dtype=torch.int64):
    """Labels that say where they come from."""
    return torch.arange(height * width, dtype=dtype).reshape(height, width)


@settings(deadline=None, max_examples=15)
@given(st.integers(2, 9), st.integers(2, 9), st.integers(0, 99))
def test_warp_matches_scipy_at_any_displacement(height, width, seed):
    image = rng(seed).random((3, height, width)).astype(np.float32)
    displacement = rng(seed).normal(scale=4, size=(2, height, width))
    bent, labels = warp(torch.tensor(image), numbered(height, width), displacement=torch.tensor(displacement))
    places = np.indices((height, width)) + displacement
    for channel in range(3):
        expected = ndimage.map_coordinates(image[channel].astype(float), places, order=1, mode="mirror")
        np.testing.assert_allclose(bent[channel].numpy(), expected, atol=1e-6)
    for (y, x), number in np.ndenumerate(labels.numpy()):
        row, column = (
            abs((round(p) + 0) % max(2 * (n - 1), 1)) for p, n in ((places[0, y, x], height), (places[1, y, x], width))
        )
        row, column = min(row, 2 * (height - 1) - row), min(column, 2 * (width - 1) - column)
        assert number == row * width + column


def test_warp_shifts_by_whole_pixels_exactly_and_mirrors_without_repeating_the_edge():
    labels = numbered(4, 5)
    shift = torch.tensor([1.0, -2.0], dtype=torch.float64)[:, None, None].expand(2, 4, 5)
    image, moved = warp(labels.float(), labels, displacement=shift)
    expected = torch.nn.functional.pad(labels[None].double(), (2, 2, 1, 1), mode="reflect")[0, 2:6, 0:5].long()
    assert torch.equal(moved, expected)
    torch.testing.assert_close(image, expected.float())


def whole(maps, fields):
    """Move the whole picture by one field after the other."""
    for field in fields:
        maps = warp(*maps, displacement=field)
    return maps


@settings(deadline=None, max_examples=60)
@given(
    st.tuples(st.integers(1, 24), st.integers(1, 24)),
    st.integers(0, 3),
    st.sampled_from([0.3, 3.0, 90.0]),
    st.sampled_from([torch.float32, torch.float64, torch.uint8, torch.float16]),
    st.integers(0, 9999),
)
def test_a_window_is_that_of_the_whole_picture_bit_by_bit(size, count, reach, dtype, seed):
    draw = rng(seed)
    image = torch.tensor(draw.uniform(0, 255, (2, *size))).to(dtype)
    maps = image, numbered(*size), torch.tensor(draw.integers(0, 9, size).astype(np.uint16))
    shift = draw.normal(scale=reach, size=(count, 2, 1, 1))
    fields = [torch.tensor(one) for one in shift + draw.normal(scale=1, size=(count, 2, *size))]
    ends = [sorted(draw.choice(side + 1, 2, replace=False).tolist()) for side in size]
    window = tuple(slice(start, end) for start, end in ends)
    expected = [x[..., *window] for x in whole(maps, fields)]
    found = warp_window(*maps, displacements=fields, window=window)
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype
        assert torch.equal(one, other)


@pytest.mark.parametrize(
    "window", [(slice(0, 3), slice(0, 5)), (slice(2, 2), slice(0, 1)), (slice(-1, 2), slice(0, 1))]
)
def test_a_window_beyond_the_picture_is_refused(window):
    side = next(side for side, most in zip(window, (3, 4), strict=True) if side.stop > most or side.start in (-1, 2))
    with pytest.raises(ValueError, match=f"lie in 0 … [34]: got {side.start} … {side.stop}"):
        warp_window(torch.zeros(1, 3, 4), displacements=[], window=window)
