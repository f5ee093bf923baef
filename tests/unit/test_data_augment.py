"""Augmentation against scipy and torch: image and labels go the same way, and labels stay labels."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from segbook.data import cell_scene
from segbook.data.augment import crop, elastic, elastic_displacement, flip, rotate
from segbook.data.warping import warp


def rng(seed=0):
    return np.random.default_rng(seed)


def numbered(height, width, dtype=torch.int64):
    """Labels that say where they come from."""
    return torch.arange(height * width, dtype=dtype).reshape(height, width)


def test_crop_takes_one_window_from_all_and_reaches_every_place():
    labels = numbered(5, 7)
    image, seen = torch.stack((labels, labels)).float(), set()
    for seed in range(120):
        a, b, c = crop(image, labels, labels > 0, size=(3, 4), generator=rng(seed))
        top, left = divmod(int(b[0, 0]), 7)
        assert torch.equal(b, labels[top : top + 3, left : left + 4])
        assert torch.equal(a, torch.stack((b, b)).float())
        assert torch.equal(c, b > 0)
        seen.add((top, left))
    assert seen == {(y, x) for y in range(3) for x in range(4)}
    assert crop(image, size=5, generator=rng())[0].shape == (2, 5, 5)


def test_flip_gives_all_four_pictures_and_the_same_one_for_all():
    labels, seen = numbered(3, 4), []
    for seed in range(40):
        image, flipped = flip(labels.float(), labels, generator=rng(seed))
        assert torch.equal(image, flipped.float())
        seen.append(flipped)
    for axes in ([], [0], [1], [0, 1]):
        assert sum(torch.equal(x, labels.flip(axes)) for x in seen) >= 3


@settings(deadline=None, max_examples=10)
@given(st.floats(-180, 180), st.integers(2, 12), st.integers(2, 12))
def test_rotate_matches_scipy(angle, height, width):
    image = torch.tensor(rng().random((2, height, width)))
    (turned,) = rotate(image, degrees=(angle, angle), generator=rng())
    expected = ndimage.rotate(image.numpy(), angle, axes=(1, 2), reshape=False, order=1, mode="mirror")
    np.testing.assert_allclose(turned.numpy(), expected, atol=1e-9)


@pytest.mark.parametrize("quarter", [-2, -1, 0, 1, 2, 3])
def test_quarter_turns_are_torchs_rot90_for_labels_of_any_dtype(quarter):
    for dtype in (torch.uint8, torch.int32, torch.int64, torch.bool, torch.float32):
        labels = numbered(6, 6, torch.int64).to(dtype)
        image, turned = rotate(
            numbered(6, 6).double(), labels, degrees=(90.0 * quarter, 90.0 * quarter), generator=rng()
        )
        assert turned.dtype == dtype
        assert torch.equal(turned, labels.rot90(quarter))
        torch.testing.assert_close(image, numbered(6, 6).double().rot90(quarter))


def test_rotate_draws_its_angle_from_the_range():
    image = torch.zeros(1, 41, 41)
    image[0, 20, 38] = 1.0  # to the right of the centre; counter-clockwise is up
    angles = []
    for seed in range(60):
        (turned,) = rotate(image, degrees=(30.0, 60.0), generator=rng(seed))
        y, x = ndimage.center_of_mass(turned[0].numpy())
        angles.append(np.degrees(np.arctan2(20 - y, x - 20)))
    assert 28 < min(angles) < 34
    assert 56 < max(angles) < 62


def test_labels_beyond_the_reach_of_floats_survive():
    labels = torch.tensor([[2**62 + 1, 2**62 + 3], [5, 0]])
    moved = elastic(torch.zeros(2, 2), labels, generator=rng())[1]
    assert set(moved.flatten().tolist()) <= {2**62 + 1, 2**62 + 3, 5, 0}


def bicubic(t, a=-0.75):
    t = abs(t)
    if t <= 1:
        return (a + 2) * t**3 - (a + 3) * t**2 + 1
    return a * (t**3 - 5 * t**2 + 8 * t - 4) if t < 2 else 0.0


@pytest.mark.parametrize(("knots", "size"), [(3, (9, 13)), (2, (6, 5)), (5, (11, 17))])
def test_the_elastic_field_is_bicubic_between_normal_pulls(knots, size):
    field = elastic_displacement(size, sigma=3.0, knots=knots, generator=rng(7))
    pulls = 3 * rng(7).standard_normal((2, knots, knots))
    for y in range(size[0]):
        for x in range(size[1]):
            v, u = y * (knots - 1) / (size[0] - 1), x * (knots - 1) / (size[1] - 1)
            expected = sum(
                bicubic(v - i) * bicubic(u - j) * pulls[:, min(max(i, 0), knots - 1), min(max(j, 0), knots - 1)]
                for i in range(int(v) - 1, int(v) + 3)
                for j in range(int(u) - 1, int(u) + 3)
            )
            np.testing.assert_allclose(field[:, y, x].numpy(), expected, atol=1e-9)


def test_the_pulls_have_the_standard_deviation_that_was_asked_for_and_ten_pixels_by_default():
    corners = [elastic_displacement((8, 8), generator=rng(seed))[:, ::7, ::7] for seed in range(200)]
    assert torch.stack(corners).std().item() == pytest.approx(10, rel=0.06)
    assert elastic_displacement(8, sigma=0.0, generator=rng()).abs().max() == 0


def test_elastic_bends_image_and_labels_alike():
    scene = cell_scene(96, seed=0, num_cells=6)
    image = (scene.instances > 0).float()
    bent, ids = elastic(image[None], scene.instances, sigma=6.0, generator=rng(1))
    assert not torch.equal(ids, scene.instances)
    assert set(ids.unique().tolist()) <= set(range(7))
    assert ((bent[0] > 0.5) == (ids > 0)).float().mean() > 0.99
    field = elastic_displacement((96, 96), sigma=6.0, generator=rng(1))
    assert torch.equal(warp(image[None], displacement=field)[0], bent)


@pytest.mark.parametrize(
    "augment", [flip, rotate, elastic, lambda *x, generator: crop(*x, size=4, generator=generator)]
)
@pytest.mark.parametrize("shape", [(6, 8), (1, 6, 8), (3, 6, 8), (2, 3, 6, 8)])
def test_any_channels_any_number_of_labels_and_nothing_changed_in_place(augment, shape):
    image, labels = torch.rand(shape, generator=torch.Generator().manual_seed(0)), numbered(6, 8)
    before = image.clone()
    for count in (0, 1, 3):
        results = augment(image, *[labels] * count, generator=rng(2))
        assert len(results) == 1 + count
        assert results[0].shape[:-2] == shape[:-2]
        assert results[0].dtype == torch.float32
        assert all(torch.equal(x, results[1]) for x in results[1:])
        assert torch.equal(results[0], augment(image, generator=rng(2))[0])  # the generator alone decides
    assert torch.equal(image, before)
    assert torch.equal(labels, numbered(6, 8))


BAD_CALLS = {
    "flip(torch.zeros(2, 2).bool(), generator=G)": "image must hold numbers: got dtype torch.bool, which is a mask",
    "flip(torch.zeros(2), generator=G)": "image must be (…, H, W) with pixels: got shape (2,)",
    "flip(torch.zeros(0, 2), generator=G)": "got shape (0, 2)",
    "flip(X, I, I[:2], generator=G)": "labels must be (H, W) of the image (1, 3, 4): got shape (2, 4)",
    "rotate(X, I[None], generator=G)": "got shape (1, 3, 4)",
    "elastic(X, I.T, generator=G)": "got shape (4, 3)",
    "crop(X, I.T, size=2, generator=G)": "got shape (4, 3)",
    "crop(X, size=4, generator=G)": "size must be a whole number from 1 to 3: got 4",
    "crop(X, size=(3, 5), generator=G)": "size must be a whole number from 1 to 4: got 5",
    "crop(X, size=0, generator=G)": "got 0",
    "crop(X, size=(1, 1, 1), generator=G)": "got 3 numbers, (1, 1, 1)",
    "rotate(X, degrees=(10, 5), generator=G)": "degrees must be the smallest and the largest angle: got 10, 5",
    "rotate(X, degrees=(0, float('nan')), generator=G)": "degrees must be a number from -360 to 360: got nan",
    "rotate(X, degrees=(-361, 0), generator=G)": "got -361",
    "elastic(X, sigma=-1, generator=G)": "sigma must be a number of at least 0: got -1",
    "elastic(X, knots=1, generator=G)": "knots must be a whole number of at least 2: got 1",
    "elastic_displacement((3, 0), generator=G)": "size must be a whole number of at least 1: got 0",
    "warp(X, displacement=torch.zeros(2, 4, 3).double())": "displacement must be (2, 3, 4): got shape (2, 4, 3)",
    "warp(X, displacement=torch.full((2, 3, 4), float('nan')).double())": "displacement must be finite",
}
PREPARE = """\
import numpy as np, torch; from segbook.data.augment import *
G, I, X = np.random.default_rng(0), torch.zeros(3, 4).long(), torch.zeros(1, 3, 4)
"""


@pytest.mark.parametrize("call", BAD_CALLS)
def test_bad_input_is_refused_with_the_numbers_without_a_type_checker_too(call, said):
    assert BAD_CALLS[call] in said[call]


@pytest.mark.parametrize(
    ("call", "shows"),
    [
        (lambda x: crop(x, size=4, generator=rng()), "from 1 to 3: got 4"),
        (lambda x: flip(x[:, :0], generator=rng()), r"got shape \(1, 0, 4\)"),
        (lambda x: rotate(x, degrees=(2.0, 1.0), generator=rng()), "got 2.0, 1.0"),
        (lambda x: warp(x, displacement=torch.full((2, 3, 4), np.inf, dtype=torch.float64)), "finite"),
    ],
)
def test_bad_input_raises_and_shows_both_numbers(call, shows):
    with pytest.raises(ValueError, match=shows):
        call(torch.zeros(1, 3, 4))
