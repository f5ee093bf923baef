"""Arrays become images and labels, contrast becomes equal, ids become borders, and variations repeat nothing."""

import math
from collections import Counter
from functools import partial

import numpy as np
import pytest
import tifffile
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage
from torch import nn
from torch.utils.data import DataLoader, Subset

from segbook.data import (
    CellScenes,
    LabelledImages,
    Variations,
    augment,
    border_labels,
    normalise,
    nuclei,
    paired_files,
    to_image,
    to_labels,
)
from segbook.train import fit

PICTURES = [
    (torch.rand(1, 20, 30, generator=torch.Generator().manual_seed(i)), torch.arange(600).reshape(20, 30) + i)
    for i in range(3)
]
ALL = {"size": 16, "flip": True, "degrees": 30, "sigma": 2.0}


@pytest.mark.parametrize("make", [np.asarray, torch.as_tensor], ids=["NumPy", "torch"])
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[0, 51, 255]], np.uint8), [[[0, 0.2, 1]]]),
        (np.array([[0, 13107, 65535]], np.uint16), [[[0, 0.2, 1]]]),
        (np.array([[True, False]]), [[[1, 0]]]),
        (np.array([[-2.5, 7]], np.float64), [[[-2.5, 7]]]),
        (np.array([[[1, 2]], [[3, 4]]], np.float32), [[[1, 2]], [[3, 4]]]),
    ],
)
def test_an_array_becomes_an_image(make, values, expected):
    image = to_image(make(values))
    assert image.dtype == torch.float32
    torch.testing.assert_close(image, torch.tensor(expected, dtype=torch.float32))


def test_channels_may_stand_last_or_first():
    picture = np.random.default_rng(0).integers(0, 256, (6, 7, 3)).astype(np.uint8)
    first = to_image(picture.transpose(2, 0, 1))
    assert torch.equal(first, to_image(picture))
    assert first.shape == (3, 6, 7)
    assert to_image(np.zeros((5, 16, 16))).shape == (5, 16, 16)


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        (np.zeros(3), {}, r"image must be \(H, W\), \(C, H, W\) or \(H, W, C\) with pixels: got shape \(3,\)"),
        (np.zeros((0, 3)), {}, r"with pixels: got shape \(0, 3\)"),
        (np.array([[5, 900]]), {}, r"got int64, .* its values run from 5 to 900: divide by what is white"),
        (np.array([[0, math.inf]]), {}, r"image must be finite: got inf at row 0, column 1"),
        (np.zeros((2, 8, 8)), {"channels": 3}, r"image must have 3 channels: got 2$"),
        (np.ones((1, 1), complex), {}, r"must hold real numbers: got dtype complex128"),
    ],
)
def test_an_array_that_is_no_image_is_refused(values, options, message):
    with pytest.raises(ValueError, match=message):
        to_image(values, **options)


@pytest.mark.parametrize(
    "dtype", [np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32, np.uint64, np.int64, np.float32]
)
def test_labels_may_be_of_any_integer_dtype(dtype):
    values = np.array([[0, 3], [100, 7]], dtype)
    assert to_labels(values).tolist() == values.tolist()
    assert to_labels(torch.from_numpy(values)).tolist() == values.tolist()


def test_black_and_white_are_0_and_1():
    assert to_labels(np.array([[0, 255]])).tolist() == [[0, 1]]
    assert to_labels(np.array([[False, True]])).tolist() == [[0, 1]]
    assert to_labels(np.array([[0, 65535]], np.uint16)).tolist() == [[0, 1]]
    assert to_labels(np.array([[0, 254, 255]], np.uint8)).tolist() == [[0, 254, 255]]


@given(
    hnp.arrays(
        np.float64,
        st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(1, 5)),
        elements=st.floats(-1e6, 1e6, width=32),
    ),
    st.floats(-1e3, 1e3),
    st.floats(0.1, 100),
)
@settings(deadline=None)
def test_contrast_does_not_depend_on_exposure(image, dark, gain):
    plain, other = normalise(image), normalise(image * gain + dark)
    low, high = np.percentile(image, [1, 99.8])
    assert torch.isfinite(plain).all()
    if high - low > 1e-3 * (1 + abs(image).max()):
        torch.testing.assert_close(other, plain, atol=1e-3, rtol=1e-3)
        np.testing.assert_allclose(plain, (image - low) / (high - low), atol=1e-5, rtol=1e-5)


def test_images_without_contrast_become_0_and_a_lone_spot_1():
    assert normalise(np.full((4, 4), 7, np.uint8)).tolist() == torch.zeros(4, 4).tolist()
    spot = np.zeros((40, 40), np.uint16)
    spot[3, 4] = 900
    assert normalise(spot)[3, 4] == 1
    assert normalise(spot).sum() == 1
    with pytest.raises(ValueError, match=r"low must be below high: got 50 and 50"):
        normalise(spot, low=50, high=50)
    with pytest.raises(ValueError, match=r"image must be finite: got nan"):
        normalise(np.array([[0, np.nan]]))


def borders_by_looking(ids, width):
    """Ask every pixel which others lie near: the definition, word by word."""
    height, length = ids.shape
    labels = (ids > 0).astype(int)
    for y in range(height):
        for x in range(length):
            near = [ids[v, u] for v in range(height) for u in range(length) if (v - y) ** 2 + (u - x) ** 2 <= width**2]
            if ids[y, x] and any(other != ids[y, x] for other in near):
                labels[y, x] = 2
    return labels


@given(
    hnp.arrays(np.uint16, st.tuples(st.integers(1, 8), st.integers(1, 8)), elements=st.sampled_from([0, 1, 2, 900])),
    st.sampled_from([1, 1.5, 2, 3]),
)
@settings(deadline=None, max_examples=150)
def test_borders_are_what_the_definition_says(ids, width):
    np.testing.assert_array_equal(border_labels(ids, width=width), borders_by_looking(ids, width))


def test_touching_nuclei_are_parted_by_borders():
    for _, labels, instances in nuclei("train")[::6]:
        parts = border_labels(instances, width=1.5)
        assert torch.equal(parts > 0, labels > 0)
        inside = parts == 1
        for dy, dx in ((0, 1), (1, 0), (1, 1)):
            a, b = instances[: 256 - dy, : 256 - dx], instances[dy:, dx:]
            both = inside[: 256 - dy, : 256 - dx] & inside[dy:, dx:]
            assert (a == b)[both].all()  # insides of two nuclei never meet
    with pytest.raises(ValueError, match=r"width must be a number of at least 1: got 0.5"):
        border_labels(instances, width=0.5)


def test_arrays_and_files_give_the_same_dataset(tmp_path):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 65536, (4, 9, 11)).astype(np.uint16)
    masks = rng.integers(0, 900, (4, 9, 11)).astype(np.uint16)
    for kind, arrays in (("images", images), ("masks", masks)):
        (tmp_path / kind).mkdir()
        for name, array in zip("dbca", arrays, strict=True):
            tifffile.imwrite(tmp_path / kind / f"{name}.tif", array)
    files = LabelledImages(*paired_files(tmp_path), instances=True, percentiles=(1, 99))
    assert files.names == ["a", "b", "c", "d"]
    arrays = LabelledImages(images, list(masks), instances=True, percentiles=(1, 99), names="dbca")
    for index, name in enumerate(files.names):
        for one, other in zip(files[index], arrays["dbca".index(name)], strict=True):
            assert torch.equal(one, other)
    assert files[1:3].names == ["b", "c"]
    assert torch.equal(files[1:3][-1][0], files[2][0])
    pairs = LabelledImages(images, masks)
    assert [x.shape for x in pairs[0]] == [(1, 9, 11), (9, 11)]
    assert torch.equal(pairs[3][1], torch.from_numpy(masks[3].astype(np.int64)))


def test_a_dataset_that_does_not_fit_together_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"images, masks and names must be equally many: got 2, 1 and 2"):
        LabelledImages(np.zeros((2, 4, 4)), np.zeros((1, 4, 4)))
    with pytest.raises(ValueError, match=r"image 'b': image and mask must be of one size: got \(4, 4\) and \(4, 5\)"):
        LabelledImages([np.zeros((4, 4))] * 2, [np.zeros((4, 4)), np.zeros((4, 5))], names=["a", "b"])[1]
    with pytest.raises(ValueError, match=r"image '0': mask must hold whole numbers: got 0.5 at row 0, column 0"):
        LabelledImages(np.zeros((1, 4, 4)), np.full((1, 4, 4), 0.5))[0]
    (tmp_path / "a.png").write_bytes(b"x")
    with pytest.raises(ValueError, match=r"image 'a': .*a\.png: cannot be read"):
        LabelledImages([tmp_path / "a.png"], [np.zeros((4, 4))])[0]


def equal(items, others):
    return all(
        torch.equal(a, b) for item, other in zip(items, others, strict=True) for a, b in zip(item, other, strict=True)
    )


def test_variations_follow_from_seed_and_number_alone():
    variations = Variations(PICTURES, 12, seed=4, **ALL)
    plain = list(variations)
    assert len(plain) == 12
    assert equal(reversed([variations[i] for i in reversed(range(12))]), plain)  # in any order
    assert equal(Subset(Variations(PICTURES, 50, seed=4, **ALL), range(7, 12)), plain[7:])  # after a break
    different = {item[1].numpy().tobytes() for item in plain}
    assert len(different) == 12
    assert not equal(Variations(PICTURES, 12, seed=5, **ALL), plain)


def whole_first(picture, number, *, seed, size, flip, degrees, sigma):
    """Flip, turn and bend the whole picture, continue it by its mirror image, and only then look for a crop."""
    generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(number,)))
    if flip:
        picture = augment.flip(*picture, generator=generator)
    if degrees:
        picture = augment.rotate(*picture, degrees=(-degrees, degrees), generator=generator)
    if sigma:
        picture = augment.elastic(*picture, sigma=sigma, generator=generator)
    lacks = [max(wanted - length, 0) for wanted, length in zip(size, picture[1].shape, strict=True)]
    ends = [(lack // 2, lack - lack // 2) for lack in lacks]
    wide = [np.pad(x.numpy(), [(0, 0)] * (x.ndim - 2) + ends, mode="reflect") for x in picture]
    sides = zip(size, wide[1].shape, strict=True)
    starts = [int(generator.integers(length - wanted + 1)) for wanted, length in sides]
    window = tuple(slice(start, start + wanted) for start, wanted in zip(starts, size, strict=True))
    touched = [(one.start == 0, one.stop == length) for one, length in zip(window, wide[1].shape, strict=True)]
    at_edges = {name for name, at in zip(("top", "bottom", "left", "right"), sum(touched, ()), strict=True) if at}
    return [torch.from_numpy(x[..., *window]) for x in wide], at_edges


def test_a_crop_is_that_of_the_whole_picture_bit_by_bit():
    seen = Counter()
    for seed in range(120):
        draw = np.random.default_rng(seed)
        picture = int(draw.integers(2, 40)), int(draw.integers(2, 40))
        size = int(draw.integers(1, 40)), int(draw.integers(1, 40))
        image, ids = draw.random((2, *picture), dtype=np.float32), draw.integers(0, 99, picture)
        pictures = [(torch.from_numpy(image), torch.from_numpy(ids))]
        how = {"flip": seed % 2 > 0, "degrees": (0.0, 30.0, 180.0)[seed % 3], "sigma": (0.0, 0.5, 4.0, 40.0)[seed % 4]}
        number = int(draw.integers(5))
        found = Variations(pictures, 5, seed=seed, size=size, **how)[number]
        expected, at_edges = whole_first(pictures[0], number, seed=seed, size=size, **how)
        for one, other in zip(found, expected, strict=True):
            assert torch.equal(one, other), (seed, picture, size, how)
        seen.update(at_edges or ["inside"])
        seen["continued"] += size[0] > picture[0] or size[1] > picture[1]
    assert min(seen.values()) >= 10, seen  # each edge, no edge, and crops larger than the picture
    assert len(seen) == 6


def test_only_what_a_crop_shows_is_interpolated(monkeypatch):
    asked, real = [], ndimage.map_coordinates

    def noted(pixels, places, **options):
        asked.append(places[0].size)
        return real(pixels, places, **options)

    monkeypatch.setattr(ndimage, "map_coordinates", noted)
    picture = torch.zeros(1, 200, 200), torch.zeros(200, 200).long()
    for _ in Variations([picture], 20, size=16, flip=True, degrees=180, sigma=2.0):
        assert len(asked) == 4  # image and labels, turned and bent
        assert max(asked) < 40**2
        asked.clear()


@pytest.mark.parametrize("workers", [0, 2])
def test_workers_repeat_nothing_and_change_nothing(workers):
    variations = Variations(nuclei("train")[:3], 8, seed=1, transform=border_targets, **ALL)
    loader = DataLoader(variations, batch_size=2, num_workers=workers)
    batches = list(loader)
    assert equal(batches, list(loader))
    images, labels = (torch.cat(part) for part in zip(*batches, strict=True))
    assert equal(zip(images, labels, strict=True), list(variations))
    assert images.shape == (8, 1, 16, 16)
    assert set(labels.unique().tolist()) <= {0, 1, 2}


def border_targets(image, labels, instances):
    return image, border_labels(instances)


def test_image_and_labels_are_varied_alike():
    ramp = torch.arange(900.0).reshape(1, 30, 30)
    for image, labels in Variations([(ramp, ramp[0].long())], 20, size=12, flip=True):
        assert torch.equal(image[0].long(), labels)
        assert image.shape == (1, 12, 12)
    seen = {
        tuple(labels.flatten()[[0, -1]].tolist())
        for _, labels in Variations([(ramp, ramp[0].long())], 200, size=28, flip=True)
    }
    assert len(seen) == 4 * 9  # every place and every flip


def test_a_turn_stays_within_its_angle():
    angles = []
    y, x = torch.meshgrid(torch.arange(41.0) - 20, torch.arange(41.0) - 20, indexing="ij")
    for image, _ in Variations([(torch.stack((y, x)), (y > 0).long())], 60, degrees=25):
        angles.append(math.degrees(math.atan2(image[0, 20, 30], image[1, 20, 30])))  # where that pixel came from
    assert -25 <= min(angles) < -15
    assert 15 < max(angles) <= 25


def test_a_small_picture_is_continued_by_its_mirror_image():
    image = torch.arange(12.0).reshape(1, 3, 4)
    (big, labels) = Variations([(image, image[0].long())], 1, size=(7, 4))[0]
    expected = np.pad(image[0].numpy(), ((2, 2), (0, 0)), mode="reflect")
    assert big[0].tolist() == expected.tolist()
    assert labels.tolist() == expected.tolist()
    wide = Variations([(image, image[0].long())], 1, size=(2, 30))[0][1]
    assert wide.shape == (2, 30)
    rows = [
        row for row in np.pad(image[0].numpy(), ((0, 0), (13, 13)), mode="reflect").tolist() if row in wide.tolist()
    ]
    assert rows == wide.tolist()
    assert Variations([(torch.ones(1, 1, 1), torch.ones(1, 1).long())], 1, size=5)[0][1].tolist() == [[1] * 5] * 5


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (partial(Variations, [], 3), r"there are no pictures to make 3 variations of"),
        (partial(Variations, PICTURES, -1), r"length must be a whole number of at least 0: got -1"),
        (partial(Variations, PICTURES, 2, degrees=200), r"degrees must be a number from 0 to 180: got 200"),
        (partial(Variations, PICTURES, 2, sigma=-1), r"sigma must be a number of at least 0: got -1"),
        (partial(Variations, PICTURES, 2, size=0), r"size must be a whole number of at least 1: got 0"),
    ],
)
def test_settings_out_of_range_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_an_index_beyond_the_last_variation_is_refused():
    with pytest.raises(IndexError, match=r"index must lie in 0 … 4: got 5"):
        Variations(PICTURES, 5)[5]
    with pytest.raises(IndexError, match=r"got -1"):
        Variations(PICTURES, 5)[-1]


@pytest.mark.parametrize(
    "pictures", [nuclei("train")[:4], CellScenes(4, size=32, num_cells=3, radius=5.0, radius_spread=1.0)]
)
def test_fit_trains_on_variations(pictures):
    variations = Variations(
        pictures, 12, size=32, flip=True, transform=lambda image, labels, instances: (image, labels)
    )
    torch.manual_seed(0)
    model = nn.Conv2d(1, 2, 3, padding=1)
    history = fit(
        model, variations, nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=0.1), epochs=2, batch_size=4
    )
    assert len(history["loss"]) == 6
