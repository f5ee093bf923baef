"""Scenes, pictures and views: drawn as asked, labelled exactly, refused where they cannot be."""

import hashlib
import itertools
import math
import socket

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image
from scipy import ndimage
from skimage import data as skimage_data
from skimage.measure import regionprops
from torch.utils.data import DataLoader

from segbook.data import (
    CELL_SHAPES,
    PICTURES,
    TOY_CLASSES,
    TOY_COLORS,
    CellScenes,
    cell_scene,
    granule_scene,
    picture,
    tissue_scene,
    toy_scene,
)
from segbook.data.views import (
    bounding_boxes,
    contiguous_ids,
    lost_and_cut,
    semantic_labels,
    semantic_regions,
    touching_pairs,
)

SMALL = {"size": 64, "num_cells": 6, "radius": 6.0, "radius_spread": 1.0}


def smallest_distance(ids, a, b):
    return ndimage.distance_transform_edt(ids.numpy() != a)[ids.numpy() == b].min()


def test_a_scene_is_its_seed():
    first, again, other = (cell_scene(seed=seed, **SMALL) for seed in (3, 3, 4))
    assert torch.equal(first.image, again.image)
    assert torch.equal(first.instances, again.instances)
    assert not torch.equal(first.instances, other.instances)
    toys = [toy_scene(seed=seed) for seed in (3, 3, 4)]
    assert torch.equal(toys[0].image, toys[1].image)
    assert not torch.equal(toys[0].instances, toys[2].instances)


def test_the_bits_of_a_scene_are_the_same_everywhere():
    def fingerprint(scene):
        levels = (scene.image * 255).round().to(torch.uint8).numpy().tobytes()
        return hashlib.sha256(levels + scene.instances.numpy().astype("<i8").tobytes()).hexdigest()[:12]

    assert fingerprint(cell_scene(seed=0)) == "7ab53bdbfe6f"
    assert fingerprint(toy_scene(seed=0)) == "e0acbeacfba9"


@settings(deadline=None, max_examples=25)
@given(
    st.integers(0, 10**6), st.tuples(st.integers(40, 70), st.integers(40, 70)), st.integers(0, 6), st.integers(0, 3),
    st.floats(0, 0.95),
)  # fmt: skip
def test_a_cell_scene_is_what_was_asked_for(seed, size, num_cells, gap, eccentricity):
    scene = cell_scene(size, seed=seed, num_cells=num_cells, radius=5.0, radius_spread=1.0, gap=gap, eccentricity=eccentricity)  # fmt: skip
    assert scene.image.shape == scene.instances.shape == size
    assert scene.image.dtype == torch.float32
    assert 0 <= scene.image.min() <= scene.image.max() <= 1
    assert torch.equal((scene.image * 255).round() / 255, scene.image)
    assert set(scene.instances.unique().tolist()) | {0} == set(range(num_cells + 1))
    assert scene.classes.tolist() == [0] + [1] * num_cells
    for a in range(1, num_cells + 1):
        assert ndimage.label(scene.instances.numpy() == a)[1] == 1
        for b in range(a + 1, num_cells + 1):
            assert smallest_distance(scene.instances, a, b) >= gap + 1


def test_cells_touch_when_the_gap_is_zero_and_keep_their_distance_otherwise():
    touching = [len(touching_pairs(cell_scene(seed=seed, gap=0, clustering=1.0).instances)) for seed in range(5)]
    assert min(touching) >= 8
    for gap in (1, 2, 4):
        near = 0
        for seed in range(3):
            ids = cell_scene(seed=seed, gap=gap, clustering=1.0).instances
            assert len(touching_pairs(ids)) == 0
            distances = [smallest_distance(ids, a, b) for a in range(1, 13) for b in range(a + 1, 13)]
            assert min(distances) >= gap + 1
            near += sum(distance < gap + 1.5 for distance in distances)
        assert near >= 24  # of 36 cells, most lie just at the gap


def test_a_cell_is_in_one_piece_also_where_its_neighbours_would_cut_it_in_two():
    scene = cell_scene(64, seed=59, num_cells=10, radius=6.0, radius_spread=3.0, clustering=1.0)  # id 8 would be cut
    assert [ndimage.label(scene.instances == number)[1] for number in range(1, 11)] == [1] * 10


def test_a_cell_placed_against_another_is_further_away_by_the_gap():
    distances = {0: [], 6: []}
    for gap, seed in itertools.product(distances, range(24)):
        scene = cell_scene(
            seed=seed, num_cells=2, radius=12.0, radius_spread=0.0, eccentricity=0.0, clustering=1.0, gap=gap
        )
        first, second = regionprops(scene.instances.numpy())
        if min(*first.bbox, *second.bbox) > 0 and max(*first.bbox, *second.bbox) < 128:
            distances[gap].append(math.dist(first.centroid, second.centroid))
    for gap, found in distances.items():
        assert len(found) > 10
        assert 0.82 * 24 + gap < min(found) < max(found) < 24 + gap  # two radii, pressed together by 5 to 18 %
    assert np.mean(distances[6]) - np.mean(distances[0]) == pytest.approx(6, abs=0.5)


def test_without_clustering_few_cells_touch():
    scenes = [cell_scene(seed=seed, clustering=0.0) for seed in range(4)]
    assert sum(len(touching_pairs(scene.instances)) for scene in scenes) < 16


def test_cells_have_the_radius_and_the_eccentricity_that_was_asked_for():
    kept = []
    for seed in range(6):
        scene = cell_scene(200, seed=seed, num_cells=6, radius=14.0, radius_spread=0.0, eccentricity=0.0, clustering=0.0, gap=2)  # fmt: skip
        kept += [r for r in regionprops(scene.instances.numpy()) if min(r.bbox) > 0 and max(r.bbox) < 200]
    assert len(kept) > 15
    assert np.median([r.area for r in kept]) == pytest.approx(math.pi * 14**2, rel=0.02)
    assert all(r.area > 0.79 * math.pi * 14**2 for r in kept)
    assert np.median([r.eccentricity for r in kept]) < 0.25

    long, areas = [], []
    for seed in range(6):
        scene = cell_scene(200, seed=seed, num_cells=6, radius=14.0, eccentricity=0.95, clustering=0.0, gap=2)
        inside = [r for r in regionprops(scene.instances.numpy()) if min(r.bbox) > 0 and max(r.bbox) < 200]
        long += [r.eccentricity for r in inside]
        areas += [r.area for r in inside]
    assert 0.85 < max(long) < 0.97
    assert max(areas) < 1.03 * math.pi * 16.5**2
    assert min(areas) > 0.75 * math.pi * 11.5**2
    assert np.std(np.sqrt(np.array(areas) / math.pi)) > 0.8


def test_the_camera_changes_the_image_and_never_the_labels():
    plain = {"blur": 0.0, "photons": math.inf, "read_noise": 0.0, "unevenness": 0.0}
    scene = cell_scene(seed=5, **plain)
    for setting in ({"blur": 3.0}, {"photons": 20.0}, {"read_noise": 0.1}, {"unevenness": 0.9}):
        changed = cell_scene(seed=5, **plain | setting)
        assert torch.equal(changed.instances, scene.instances)
        assert not torch.equal(changed.image, scene.image)


def test_the_image_shows_the_cells():
    scene = cell_scene(seed=5, blur=0.0, photons=math.inf, read_noise=0.0, unevenness=0.0)
    cells = scene.instances > 0
    assert scene.image[cells].min() > scene.image[~cells].max()  # without a camera's faults, a threshold would do
    assert len({round(scene.image[scene.instances == number].mean().item(), 3) for number in range(1, 13)}) > 8
    centre, rim = [], []
    depth = torch.tensor(ndimage.distance_transform_edt(cells.numpy()))
    for number in range(1, 13):
        cell = scene.instances == number
        centre.append(scene.image[cell & (depth >= depth[cell].max() - 2)].mean())
        rim.append(scene.image[cell & (depth < 2)].mean())
    assert np.mean(centre) > 1.1 * np.mean(rim)


def test_fewer_photons_and_more_read_noise_are_noisier_by_the_law():
    empty = {"num_cells": 0, "unevenness": 0.0, "size": 128, "seed": 0}
    for photons in (50.0, 200.0):
        image = cell_scene(**empty, photons=photons, read_noise=0.0).image
        assert image.mean().item() == pytest.approx(0.06, rel=0.05)
        assert image.std().item() == pytest.approx(math.sqrt(0.06 / photons), rel=0.05)
    image = cell_scene(**empty, photons=math.inf, read_noise=0.015).image
    assert image.std().item() == pytest.approx(0.015, rel=0.05)
    assert cell_scene(**empty, photons=math.inf, read_noise=0.0).image.unique().tolist() == pytest.approx([15 / 255])


def test_uneven_light_dims_and_blur_smears():
    flat = {"photons": math.inf, "read_noise": 0.0, "seed": 1}
    images = [cell_scene(**flat, unevenness=u).image for u in (0.0, 0.5, 1.0)]
    assert ((images[1] <= images[0]) & (images[2] <= images[1])).all()
    assert images[1].mean() < 0.9 * images[0].mean()
    sharp, soft = (cell_scene(**flat, unevenness=0.0, blur=b).image for b in (0.5, 3.0))
    steps = [(x[1:] - x[:-1]).abs().mean() for x in (sharp, soft)]
    assert steps[1] < 0.75 * steps[0]


def test_too_many_cells_are_refused_with_what_fitted():
    with pytest.raises(ValueError, match=r"found room for \d+ of 60 cells of radius 8.0 with gap 1 in 40 × 48 pixels"):
        cell_scene((40, 48), seed=0, num_cells=60, radius=8.0, gap=1)
    with pytest.raises(ValueError, match=r"found room for \d+ of 40 objects of radius 9.0 with overlap 0.1 in 48 × 40"):
        toy_scene((48, 40), seed=0, num_objects=40, radius=9.0, overlap=0.1)


def test_a_toy_scene_has_every_class_whole_objects_and_their_colours():
    for seed in range(4):
        scene = toy_scene((100, 130), seed=seed, num_objects=7, overlap=0.0, radius=12.0, radius_spread=3.0)
        assert scene.image.shape == (3, 100, 130)
        assert sorted(scene.classes.tolist()) == [0, 1, 1, 1, 2, 2, 3, 3]
        for region in regionprops(scene.instances.numpy()):
            kind = int(scene.classes[region.label])
            radius = math.dist((0, 0), (region.bbox[2] - region.bbox[0], region.bbox[3] - region.bbox[1])) / 2
            assert radius < 15 * math.sqrt(2) + 1
            fill = {"disc": (0.7, 0.85), "square": (0.45, 1.01), "triangle": (0.3, 0.62)}[TOY_CLASSES[kind]]
            assert fill[0] < region.extent < fill[1]
            assert region.solidity > 0.87
            seen = scene.image[:, scene.instances == region.label].mean(dim=1)
            wanted = torch.tensor([int(TOY_COLORS[kind][i : i + 2], 16) / 255 for i in (1, 3, 5)])
            assert torch.cosine_similarity(seen, wanted, dim=0) > 0.995
            y0, x0, y1, x1 = region.bbox
            assert min(y0, x0) >= 0
            assert y1 <= 100
            assert x1 <= 130


def test_toys_have_the_area_of_their_shape():
    areas = {1: [], 2: [], 3: []}
    for seed in range(8):
        scene = toy_scene(seed=seed, num_objects=3, radius=20.0, radius_spread=0.0, overlap=0.0)
        for region in regionprops(scene.instances.numpy()):
            areas[int(scene.classes[region.label])].append(region.area / 20**2)
    for kind, expected in ((1, math.pi), (2, 2.0), (3, 3 * math.sqrt(3) / 4)):
        assert np.mean(areas[kind]) == pytest.approx(expected, rel=0.02)


def test_toys_overlap_only_as_much_as_allowed_and_later_ones_lie_in_front():
    hidden = []
    for overlap in (0.0, 0.3, 0.8):
        worst = 0.0
        for seed in range(8):
            scene = toy_scene(90, seed=seed, num_objects=4, radius=16.0, radius_spread=0.0, overlap=overlap)
            assert set(scene.instances.unique().tolist()) == {0, 1, 2, 3, 4}
            full = {1: math.pi, 2: 2.0, 3: 3 * math.sqrt(3) / 4}
            shares = [
                1 - (scene.instances == number).sum().item() / (full[int(scene.classes[number])] * 16**2)
                for number in range(1, 5)
            ]
            worst = max(worst, *shares)
            assert shares[3] < 0.05  # nothing lies in front of the last
        assert worst < overlap + 0.05
        hidden.append(worst)
    assert hidden[0] < 0.05 < hidden[1] < hidden[2]


def test_a_data_set_of_cell_scenes_gives_three_views_of_the_scene_of_each_seed():
    scenes = CellScenes(5, seed=11, **SMALL)
    image, labels, instances = scenes[2]
    expected = cell_scene(seed=13, **SMALL)
    assert torch.equal(image[0], expected.image)
    assert torch.equal(instances, expected.instances)
    assert torch.equal(labels, (expected.instances > 0).long())
    assert len(scenes) == len(list(scenes)) == 5
    for index in (-1, 5):
        with pytest.raises(IndexError, match=f"0 … 4: got {index}"):
            scenes[index]
    batch = next(iter(DataLoader(scenes, batch_size=4)))
    assert [x.shape for x in batch] == [(4, 1, 64, 64), (4, 64, 64), (4, 64, 64)]


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_scikit_images_own_and_need_no_network(name, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket, "socket", refuse)
    values = picture(name)
    path = f"{skimage_data.__path__[0]}/{name}.png"
    expected = np.asarray(Image.open(path))
    assert values.dtype == torch.float32
    assert 0 <= values.min() < values.max() <= 1
    assert values.is_contiguous()
    layout = values.numpy() if expected.ndim == 2 else values.numpy().transpose(1, 2, 0)
    np.testing.assert_allclose(layout, expected / 255, atol=1e-7)


IDS = hnp.arrays(np.int64, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.sampled_from([0, 0, 1, 2, 3, 40, 2**40]))  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(IDS)
def test_boxes_match_scikit_image(array):
    ids, boxes = bounding_boxes(torch.tensor(array))
    assert ids.tolist() == sorted(set(array.flatten().tolist()) - {0})
    for number, box in zip(ids.tolist(), boxes.tolist(), strict=True):
        y0, x0, y1, x1 = regionprops((array == number).astype(int))[0].bbox
        assert box == [x0, y0, x1, y1]
    assert boxes.dtype == torch.int64
    assert boxes.shape == (len(ids), 4)


def test_boxes_of_nothing_and_of_one_pixel():
    ids, boxes = bounding_boxes(torch.zeros(3, 4, dtype=torch.int64))
    assert ids.shape == (0,)
    assert boxes.shape == (0, 4)
    ids, boxes = bounding_boxes(torch.tensor([[0, 0, 0], [0, 0, 5]], dtype=torch.uint8))
    assert ids.tolist() == [5]
    assert boxes.tolist() == [[2, 1, 3, 2]]


@settings(deadline=None, max_examples=40)
@given(IDS)
def test_contiguous_ids_keep_the_regions_and_their_order(array):
    result = contiguous_ids(torch.tensor(array))
    numbers = sorted(set(array.flatten().tolist()) - {0})
    assert result.tolist() == [[numbers.index(v) + 1 if v else 0 for v in row] for row in array.tolist()]


@settings(deadline=None, max_examples=40)
@given(IDS)
def test_touching_pairs_match_a_loop(array):
    expected = set()
    for (y, x), number in np.ndenumerate(array):
        around = array[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2].flatten().tolist()
        expected |= {(min(number, v), max(number, v)) for v in around if v and number and v != number}
    assert touching_pairs(torch.tensor(array)).tolist() == [list(pair) for pair in sorted(expected)]


def test_semantic_labels_look_every_id_up():
    ids = torch.tensor([[0, 3, 1], [2, 2, 0]], dtype=torch.int32)
    assert semantic_labels(ids, torch.tensor([0, 5, 1, 7])).tolist() == [[0, 7, 5], [1, 1, 0]]
    scene = toy_scene(seed=2)
    labels = semantic_labels(scene.instances, scene.classes)
    assert labels.dtype == torch.int64
    for number in scene.instances.unique().tolist():
        assert labels[scene.instances == number].unique().tolist() == [scene.classes[number].item()]


@settings(deadline=None, max_examples=40)
@given(IDS)
def test_regions_match_a_flood_fill_and_lost_and_cut_their_definition(array):
    classes = {0: 0, 1: 1, 2: 1, 3: 2, 40: 2, 2**40: 1}
    labels = np.vectorize(classes.get)(array)
    ids_of, pieces, seen = [], dict.fromkeys(set(array.flatten().tolist()) - {0}, 0), set()
    for label in (1, 2):
        for start in np.argwhere(labels == label):
            stack, region = [tuple(start.tolist())], set()
            while stack:
                y, x = stack.pop()
                here = 0 <= y < labels.shape[0] and 0 <= x < labels.shape[1] and labels[y, x] == label
                if here and (y, x) not in seen:
                    seen.add((y, x))
                    region.add((y, x))
                    stack += [(y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)]
            if region:
                ids_of.append((region, {int(array[place]) for place in region}))
    regions = semantic_regions(torch.tensor(labels))
    expected = np.zeros_like(labels)
    for number, (region, ids) in enumerate(ids_of, start=1):
        for place in region:
            expected[place] = number
        for instance in ids:
            pieces[instance] += 1
    assert regions.tolist() == expected.tolist()
    lost, cut = lost_and_cut(torch.tensor(array), regions)
    assert lost == sum(len(ids) - 1 for _, ids in ids_of)
    assert cut == sum(count - 1 for count in pieces.values())
    assert len(pieces) - lost + cut == len(ids_of)


def test_regions_of_small_dtypes_and_of_nothing():
    assert semantic_regions(torch.tensor([[1, 0, 1]], dtype=torch.uint8)).tolist() == [[1, 0, 2]]
    nothing = torch.zeros(2, 3, dtype=torch.int64)
    assert lost_and_cut(nothing, semantic_regions(nothing)) == (0, 0)


BAD_CALLS = {
    "cell_scene(seed=-1)": "seed must be a whole number of at least 0: got -1",
    "cell_scene(seed=1.5)": "seed must be a whole number of at least 0: got 1.5",
    "cell_scene(seed=None)": "got None",
    "cell_scene(7, seed=0)": "size must be a whole number of at least 8: got 7",
    "cell_scene((64, 64, 3), seed=0)": "got 3 numbers, (64, 64, 3)",
    "cell_scene((64, 64.0), seed=0)": "got 64.0",
    "cell_scene(seed=0, num_cells=-1)": "num_cells must be a whole number of at least 0: got -1",
    "cell_scene(seed=0, num_cells=True)": "got True",
    "cell_scene(seed=0, radius=4)": "radius must be a number from 4.5 to 128: got 4",
    "cell_scene(seed=0, radius=129)": "radius must be a number from 4.5 to 128: got 129",
    "cell_scene(seed=0, radius=float('nan'))": "got nan",
    "cell_scene(seed=0, radius_spread=-1)": "radius_spread must be a number of at least 0: got -1",
    "cell_scene(seed=0, radius_spread=float('inf'))": "got inf",
    "cell_scene(seed=0, eccentricity=1)": "eccentricity must be a number from 0 to 0.95: got 1",
    "cell_scene(seed=0, clustering=1.1)": "clustering must be a number from 0 to 1: got 1.1",
    "cell_scene(seed=0, gap=-1)": "gap must be a whole number of at least 0: got -1",
    "cell_scene(seed=0, gap=0.5)": "got 0.5",
    "cell_scene(seed=0, blur='1')": "blur must be a number from 0 to 100: got '1'",
    "cell_scene(seed=0, photons=0)": "photons must be a number from 1 to inf: got 0",
    "cell_scene(seed=0, read_noise=-0.1)": "read_noise must be a number of at least 0: got -0.1",
    "cell_scene(seed=0, unevenness=2)": "unevenness must be a number from 0 to 1: got 2",
    "toy_scene(seed=-1)": "got -1",
    "toy_scene(5, seed=0)": "got 5",
    "toy_scene(seed=0, num_objects=1.0)": "num_objects must be a whole number of at least 0: got 1.0",
    "toy_scene(seed=0, radius_spread=-1)": "got -1",
    "toy_scene((64, 32), seed=0, radius=12)": "radius must be a number from 6 to 11.5: got 12",
    "toy_scene(seed=0, overlap=1)": "overlap must be a number from 0 to 0.9: got 1",
    "CellScenes(-1)": "length must be a whole number of at least 0: got -1",
    "CellScenes(1, seed=-1)": "seed must be a whole number of at least 0: got -1",
    "picture('lena')": "there is no picture 'lena'; there are 11: astronaut, brick",
    "semantic_labels(I, torch.tensor([0]))": "instances hold id 2, classes end at id 0",
    "semantic_labels(I, torch.tensor([1, 1, 1]))": "classes[0] == 0: got shape (3,)",
    "semantic_labels(I, torch.tensor([[0, 1, 1]]))": "got shape (1, 3)",
    "semantic_labels(I, torch.tensor([]).long())": "got shape (0,)",
    "semantic_labels(I, torch.tensor([0.0, 1.0, 1.0]))": "classes must hold whole numbers: got dtype torch.float32",
    "semantic_labels(I - 3, torch.tensor([0, 1]))": "instances must be at least 0 (0 = background): got -3",
    "bounding_boxes(I.float())": "instances must hold whole numbers: got dtype torch.float32",
    "bounding_boxes(I[None])": "instances must be (H, W) with pixels: got shape (1, 1, 3)",
    "contiguous_ids(I - 1)": "got -1",
    "touching_pairs(I > 0)": "got dtype torch.bool",
    "touching_pairs(I[0])": "got shape (3,)",
    "semantic_regions(I[0])": "labels must be (H, W) with pixels: got shape (3,)",
    "semantic_regions(I - 3)": "labels must be at least 0 (0 = background): got -3",
    "semantic_regions(I.float())": "labels must hold whole numbers: got dtype torch.float32",
    "lost_and_cut(I, I[:, :2])": "got shapes (1, 3) and (1, 2), 2 and 1 pixels of objects",
    "lost_and_cut(I, I * 0)": "got shapes (1, 3) and (1, 3), 2 and 0 pixels of objects",
    "lost_and_cut(I, I - 1)": "regions must be at least 0 (0 = background): got -1",
    "lost_and_cut(I - 1, I)": "instances must be at least 0 (0 = background): got -1",
}
PREPARE = """\
import torch; from segbook.data import *; from segbook.data.views import *
I = torch.tensor([[0, 1, 2]])
"""


@pytest.mark.parametrize("call", BAD_CALLS)
def test_bad_input_is_refused_with_the_numbers_without_a_type_checker_too(call, said):
    assert BAD_CALLS[call] in said[call]


@pytest.mark.parametrize(
    ("call", "shows"),
    [
        (lambda: cell_scene(7, seed=0), "at least 8: got 7"),
        (lambda: picture("lena"), "no picture 'lena'"),
        (lambda: bounding_boxes(torch.tensor([[-1]])), "got -1"),
        (lambda: semantic_labels(torch.tensor([[4]]), torch.tensor([0, 1])), "id 4, classes end at id 1"),
        (lambda: semantic_labels(torch.tensor([[1]]), torch.tensor([2, 1])), r"classes\[0\] == 0"),
    ],
)
def test_bad_input_raises_and_shows_both_numbers(call, shows):
    with pytest.raises(ValueError, match=shows):
        call()


@pytest.mark.parametrize("shape", CELL_SHAPES)
def test_every_shape_of_cell_has_all_its_ids_each_in_one_piece(shape):
    scene = cell_scene(96, seed=4, num_cells=6, radius=10.0, radius_spread=1.0, shape=shape)
    assert scene.instances.unique().tolist() == list(range(7))
    for number in range(1, 7):
        assert ndimage.label(scene.instances.numpy() == number)[1] == 1


def test_shapes_are_what_their_names_say():
    alone = {"num_cells": 1, "radius": 12.0, "radius_spread": 0.0, "clustering": 0.0}

    def cells(shape):
        for seed in range(12):
            region = regionprops(cell_scene(96, seed=seed, shape=shape, **alone).instances.numpy())[0]
            if region.bbox[0] > 0 and region.bbox[1] > 0 and region.bbox[2] < 96 and region.bbox[3] < 96:
                yield region

    assert all(region.axis_major_length > 2.8 * region.axis_minor_length for region in cells("long"))
    assert all(region.solidity < 0.87 for region in cells("bent"))
    assert all(region.euler_number == 0 for region in cells("hollow"))
    assert all(region.solidity > 0.93 and region.euler_number == 1 for region in cells("round"))


def test_an_unknown_shape_is_refused():
    with pytest.raises(ValueError, match="shape must be one of round, long, bent, hollow: got 'square'"):
        cell_scene(seed=0, shape="square")


def test_a_granule_tells_its_class_only_from_afar():
    scenes = [granule_scene(seed=seed) for seed in range(6)]
    again = granule_scene(seed=0)
    assert torch.equal(scenes[0].image, again.image)
    assert torch.equal(scenes[0].instances, again.instances)
    bright = {0: [], 1: []}
    for seed, scene in enumerate(scenes):
        ids = scene.instances.numpy()
        clean = granule_scene(seed=seed, noise=0.0, blur=0.0).image.numpy()
        walls = (clean > 0.1) & (ids == 0)
        assert walls.any()
        assert ndimage.distance_transform_edt(~walls)[ids > 0].min() >= 10  # more than depth 1 sees
        assert np.isin(np.unique(clean[~walls & (ids == 0)]), np.float32(np.round(0.06 * 255) / 255)).all()
        for number, kind in enumerate(scene.classes.tolist()):
            if number:
                bright[kind].append(scene.image.numpy()[ids == number].mean())
                assert ndimage.label(ids == number)[1] == 1
    assert min(len(bright[0]), len(bright[1])) > 10
    assert abs(np.mean(bright[0]) - np.mean(bright[1])) < 0.03


def test_a_granule_scene_refuses_what_cannot_be():
    with pytest.raises(ValueError, match="clearance"):
        granule_scene(seed=0, clearance=0)
    with pytest.raises(ValueError, match="radius"):
        granule_scene(seed=0, radius=3.0)


def test_tissue_is_cells_with_membranes_between_them():
    for seed in range(3):
        scene = tissue_scene((40, 60), seed=seed, num_cells=6, num_organelles=0, noise=0.0)
        ids, image = scene.instances.numpy(), scene.image.numpy()
        assert ids.shape == image.shape == (40, 60)
        assert np.unique(image).tolist() == [np.float32(64 / 255), np.float32(178 / 255)]  # 0.25 and 0.7 of 255
        assert ((image < 0.5) == (ids == 0)).all()
        for one, other in ((ids[1:], ids[:-1]), (ids[:, 1:], ids[:, :-1])):
            assert not ((one != other) & (one > 0) & (other > 0)).any()  # no two cells touch
        assert scene.classes.tolist() == [0] + [1] * 6
        busy = tissue_scene((40, 60), seed=seed, num_cells=6, num_organelles=5, noise=0.0)
        assert torch.equal(busy.instances, scene.instances)  # an organelle belongs to its cell
        assert ((busy.image < 0.5).numpy() & (ids > 0)).any()
    assert torch.equal(tissue_scene(seed=4).image, tissue_scene(seed=4).image)
    assert not torch.equal(tissue_scene(seed=4).image, tissue_scene(seed=5).image)


def test_a_thicker_membrane_takes_more_and_bad_settings_are_refused():
    thin, thick = ((tissue_scene(64, seed=1, membrane=m).instances == 0).sum() for m in (2.0, 5.0))
    assert 0 < thin < thick
    with pytest.raises(ValueError, match="num_cells must be a whole number of at least 2: got 1"):
        tissue_scene(seed=0, num_cells=1)
    with pytest.raises(ValueError, match="noise must be a number of at least 0: got -1"):
        tissue_scene(seed=0, noise=-1)
