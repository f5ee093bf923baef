"""Objects from probabilities, against scikit-image used directly, the steps of chapter 9, and loops."""

import heapq
import math
import re
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage
from skimage.feature import peak_local_max
from skimage.measure import regionprops
from skimage.segmentation import expand_labels, watershed

from segbook.data import cell_scene
from segbook.metrics import average_precision, connected_components, instance_counts
from segbook.metrics.outlines import outlines
from segbook.objects import SEEDS, grow_objects, instances_from, measure_objects, part_by_distance
from segbook.pixel_weights import carve_touching

SMALL = settings(deadline=None, max_examples=60)
SHAPES = st.tuples(st.integers(1, 7), st.integers(1, 8))
CROWDED = dict(size=96, num_cells=10, radius=9.0, radius_spread=2.0, clustering=0.8)
# Few values, so that ties are common; none of them lies where float32 and float64 disagree about a threshold.
LEVELS = st.sampled_from([0.0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0])


def maps():
    return hnp.arrays(np.float64, SHAPES, elements=LEVELS)


MASKS = hnp.arrays(bool, SHAPES)


@pytest.fixture(scope="module")
def scenes():
    return [cell_scene(seed=seed, **CROWDED) for seed in range(5000, 5006)]


@pytest.fixture(scope="module")
def logits(scenes):
    """What a network might say that learned the carved targets, and is unsure."""
    carved = torch.stack([carve_touching(scene.instances) for scene in scenes]).gt(0).float()
    generator = torch.Generator().manual_seed(0)
    noise = ndimage.gaussian_filter(torch.randn(carved.shape, generator=generator).numpy(), (0, 2, 2))
    object_ = 6 * carved - 3 + 8 * torch.from_numpy(noise)
    return torch.stack([-object_ / 2, object_ / 2], dim=1)


def around(place, shape, corners=False):
    row, column = place
    steps = [(-1, 0), (1, 0), (0, -1), (0, 1)] + corners * [(-1, -1), (-1, 1), (1, -1), (1, 1)]
    near = [(row + dy, column + dx) for dy, dx in steps]
    return [(r, c) for r, c in near if 0 <= r < shape[0] and 0 <= c < shape[1]]


def pieces_of(mask, corners=False):
    """Flood every piece from its first pixel, row by row."""
    left, pieces = {tuple(place) for place in np.argwhere(mask).tolist()}, []
    for start in np.argwhere(mask).tolist():
        if tuple(start) in left:
            left.remove(tuple(start))
            piece, edge = {tuple(start)}, [tuple(start)]
            while edge:
                reached = [place for place in around(edge.pop(), mask.shape, corners) if place in left]
                left.difference_update(reached)
                piece.update(reached)
                edge.extend(reached)
            pieces.append(piece)
    return pieces


def numbered(pieces, shape):
    ids = np.zeros(shape, int)
    for number, piece in enumerate(sorted(pieces, key=min), start=1):
        for place in piece:
            ids[place] = number
    return ids


def same_regions(ours, theirs):
    """Whether two maps of ids differ in nothing but the numbers."""
    pairs = np.unique(np.stack([np.ravel(ours), np.ravel(theirs)]), axis=1)
    return (pairs.astype(bool)[0] == pairs.astype(bool)[1]).all() and all(
        len(np.unique(row)) == pairs.shape[1] for row in pairs
    )


# --- threshold and components


@SMALL
@given(maps(), LEVELS)
def test_components_are_the_pieces_above_the_threshold(probs, threshold):
    ours = instances_from(probs, threshold=threshold)
    assert ours.tolist() == numbered(pieces_of(probs > threshold), probs.shape).tolist()
    assert ours.tolist() == connected_components(torch.from_numpy(probs > threshold)[None])[0].tolist()


def test_chapter_nines_recipe_is_one_call(logits):
    def grow(found):  # as the chapter writes it
        distance, (y, x) = ndimage.distance_transform_edt(found == 0, return_indices=True)
        return torch.from_numpy(np.where(distance <= 1, found[y, x], 0))

    regions = connected_components(logits.argmax(dim=1) == 1)
    grown = torch.stack([grow(one.numpy()) for one in regions])
    assert regions.max() > 7
    assert torch.equal(instances_from(logits.softmax(dim=1)), regions)
    assert torch.equal(instances_from(logits.softmax(dim=1), grow=1), grown)


@pytest.mark.parametrize("seeds", SEEDS)
def test_one_map_a_stack_and_classes_are_read_alike(logits, seeds):
    probs = logits.softmax(dim=1)
    stack = instances_from(probs, seeds=seeds, threshold=0.75)
    assert stack.shape == (6, 96, 96)
    assert stack.dtype == torch.int64
    assert torch.equal(stack, instances_from(probs[:, 1], seeds=seeds, threshold=0.75))
    assert torch.equal(stack, instances_from(probs[:, 1:], seeds=seeds, threshold=0.75))
    assert torch.equal(stack[2], instances_from(probs[2, 1], seeds=seeds, threshold=0.75))


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize(
    "kind",
    [torch.float64, torch.float32, torch.float16, torch.bfloat16, np.float64, np.float32, np.float16, ">f8", ">f4"],
)
def test_every_float_dtype_of_torch_and_numpy_gives_the_same_objects(logits, kind, seeds):
    probs = (logits[0].softmax(dim=0)[1] * 128).round() / 128  # exact in all of them
    given_ = probs.to(kind) if isinstance(kind, torch.dtype) else probs.numpy().astype(kind)
    options = dict(seeds=seeds, threshold=0.75)
    assert torch.equal(instances_from(given_, **options), instances_from(probs.double(), **options))


def test_float64_is_not_rounded():
    above = 0.5 + 1e-12
    for probs in (
        torch.full((2, 2), above, dtype=torch.float64),
        np.full((2, 2), above),
        np.full((2, 2), above, ">f8"),
    ):
        assert instances_from(probs).min() == 1


def test_a_mask_is_taken_and_so_is_what_still_has_a_gradient(logits):
    probs = logits.softmax(dim=1)[:, 1]
    for mask in (probs > 0.5, (probs > 0.5).numpy()):
        assert torch.equal(instances_from(mask), instances_from(probs))
    assert torch.equal(instances_from(probs.clone().requires_grad_()), instances_from(probs))


# --- holes and small objects


@SMALL
@given(MASKS, st.sampled_from([0, 1, 2, 5, math.inf]))
def test_holes_are_pieces_of_background_that_do_not_reach_the_edge(mask, largest):
    height, width = mask.shape
    filled = mask.copy()
    for piece in pieces_of(~mask, corners=True):
        inside = all(0 < row < height - 1 and 0 < column < width - 1 for row, column in piece)
        if inside and len(piece) <= largest:
            filled[tuple(np.transpose(list(piece)))] = True
    assert instances_from(mask, holes=largest).tolist() == instances_from(filled).tolist()
    if largest == math.inf:
        assert (filled == ndimage.binary_fill_holes(mask, np.ones((3, 3)))).all()


def test_a_hole_that_leaks_through_a_corner_is_none():
    ring = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 0]], bool)
    assert instances_from(ring, holes=math.inf)[1, 1] == 0
    ring[2, 2] = True
    assert instances_from(ring, holes=math.inf)[1, 1] == 1


@SMALL
@given(MASKS, st.integers(0, 6), st.sampled_from([0, 1.5]))
def test_small_objects_go_before_others_grow(mask, smallest, grow):
    kept = [piece for piece in pieces_of(mask) if len(piece) >= smallest]
    expected = grow_objects(numbered(kept, mask.shape), grow)
    assert torch.equal(instances_from(mask, smallest=smallest, grow=grow), expected)


def test_a_core_that_is_too_small_floods_nothing():
    probs = torch.tensor([[0.95, 0.95, 0.6, 0.9, 0.6, 0.6]])
    assert instances_from(probs, threshold=0.7, seeds="border").tolist() == [[1, 1, 1, 2, 2, 2]]
    assert instances_from(probs, threshold=0.7, seeds="border", smallest=2).tolist() == [[1] * 6]


# --- watersheds


def passes(height, mask, seeds):
    """From every seed to every pixel, the height of the lowest pass on a way through the mask: Dijkstra by loops."""
    lowest = {}
    for number, start in seeds.items():
        reached, queue = {}, [(height[place], place) for place in start]
        heapq.heapify(queue)
        while queue:
            level, place = heapq.heappop(queue)
            if place not in reached:
                reached[place] = level
                for near in around(place, mask.shape):
                    if mask[near] and near not in reached:
                        heapq.heappush(queue, (max(level, height[near]), near))
        for place, level in reached.items():
            lowest.setdefault(place, {})[number] = level
    return lowest


def assert_flooded(height, ids, mask, seeds):
    """Every pixel belongs to a seed with the lowest pass to it; where several have that, to any of them."""
    lowest = passes(height, mask, seeds)
    for place in product(*map(range, mask.shape)):
        if place in lowest:
            assert lowest[place][ids[place]] == min(lowest[place].values()), place
        else:
            assert ids[place] == 0, place
    for number, start in seeds.items():
        assert {ids[place] for place in start} == {number}


@SMALL
@given(maps(), LEVELS, st.sampled_from([None, 0.125, 0.375, 0.75]))
def test_cores_flood_the_foreground_over_the_lowest_passes(probs, threshold, limit):
    found = instances_from(probs, threshold=threshold, seeds="border", limit=limit).numpy()
    cores = dict(enumerate(pieces_of(probs > threshold), start=1))
    reach = (probs > (0.5 if limit is None else limit)) | (probs > threshold)
    assert_flooded(-probs, found, reach, cores)
    assert found.max() == len(cores)


@SMALL
@given(MASKS, st.integers(1, 4))
def test_parts_are_flooded_from_the_peaks_of_the_distance(mask, apart):
    assume(not mask.all())
    distance = np.zeros(mask.shape)
    background = np.argwhere(~mask)
    for place in np.argwhere(mask):
        distance[tuple(place)] = min(math.dist(place, other) for other in background)
    height = ndimage.gaussian_filter(distance, 1)
    seeds = []
    for piece in pieces_of(mask):
        peaks = np.zeros(mask.shape, bool)
        for row, column in piece:
            window = height[max(0, row - apart + 1) : row + apart, max(0, column - apart + 1) : column + apart]
            peaks[row, column] = height[row, column] == window.max()
        if not peaks.any():
            peaks[max(sorted(piece), key=lambda place: height[place])] = True
        seeds += pieces_of(peaks, corners=True)
    found = part_by_distance(mask, apart=apart).numpy()
    assert_flooded(-height, found, mask, dict(enumerate(sorted(seeds, key=min), start=1)))
    assert found.max() == len(seeds)
    assert ((found > 0) == mask).all()
    assert same_regions(instances_from(mask, seeds="distance", apart=apart), found)


@pytest.mark.parametrize("apart", [3, 5, 8])
def test_parts_are_those_of_scikit_image_used_directly(scenes, apart):
    cut = 0
    for scene in scenes:
        mask = (scene.instances > 0).numpy()
        height = ndimage.gaussian_filter(ndimage.distance_transform_edt(mask), 1)
        peaks = np.zeros(mask.shape, int)
        places = peak_local_max(height, min_distance=apart - 1, labels=mask.astype(int), exclude_border=False)
        peaks[tuple(places.T)] = range(1, len(places) + 1)
        expected = watershed(-height, peaks, mask=mask)
        assert same_regions(part_by_distance(mask, apart=apart), expected)
        cut += expected.max() - ndimage.label(mask)[1]
    assert cut > 20


def test_floods_are_those_of_scikit_image_used_directly(logits):
    probs = logits.softmax(dim=1)[:, 1].numpy()
    for one in probs:
        expected = watershed(-one, ndimage.label(one > 0.9)[0], mask=one > 0.3)
        assert instances_from(one, threshold=0.9, seeds="border", limit=0.3).tolist() == expected.tolist()


def test_a_watershed_parts_what_components_leave_together(scenes):
    truth = torch.stack([scene.instances for scene in scenes])

    def score(found):
        return average_precision(instance_counts(found, truth, thresholds=(0.5,)))[0].item()

    assert score(instances_from(truth > 0)) < 0.3
    assert score(instances_from(truth > 0, seeds="distance")) > 0.8


def test_a_mask_that_fills_the_image_is_one_object_and_none_is_none():
    for shape in ((1, 1), (5, 9), (30, 40)):
        assert (part_by_distance(np.ones(shape, bool)) == 1).all()
        assert (part_by_distance(np.zeros(shape, bool)) == 0).all()
        for seeds in SEEDS:
            assert (instances_from(np.ones(shape), seeds=seeds) == 1).all()
            assert (instances_from(np.zeros(shape), seeds=seeds, holes=math.inf) == 0).all()


def test_a_small_piece_beside_a_large_one_keeps_an_id():
    mask = np.zeros((12, 20), bool)
    mask[1:11, 1:11] = True
    mask[5, 12] = True  # within reach of a larger distance, so it is no peak
    found = part_by_distance(mask, apart=9)
    assert found.max() == 2
    assert found[5, 12] not in (0, found[5, 5])


def test_peaks_that_touch_by_a_corner_are_one_in_a_piece_and_two_in_two():
    assert part_by_distance(torch.eye(4, dtype=torch.bool)).diagonal().tolist() == [1, 2, 3, 4]
    turned = np.array([[1, 1, 1, 0], [0, 1, 1, 1]], bool)  # it looks the same upside down, and so do its two peaks
    assert part_by_distance(turned).max() == 1


# --- three classes


def three_classes(instances):
    """What a network would say that learned inside and border of each cell and is sure."""
    rim = torch.from_numpy(outlines(instances.numpy()))
    inside = (instances > 0) & ~rim
    return torch.stack([instances == 0, inside, rim], dim=1).double()


def test_three_classes_give_back_every_cell_that_has_an_inside(scenes):
    truth = torch.stack([scene.instances for scene in scenes])
    probs = three_classes(truth)
    found = instances_from(probs, seeds="border")
    assert torch.equal(found > 0, truth > 0)
    cells = sum(len(ids.unique()) - 1 for ids in truth)
    hits = instance_counts(found, truth, thresholds=(0.7,))[0, 0].item()
    assert 0.95 * cells < hits <= found.amax(dim=(1, 2)).sum() <= cells
    assert torch.equal(instances_from(probs), instances_from(probs[:, 1]))  # components: of the inside


def test_three_classes_flood_inside_and_border_together():
    background = torch.tensor([[0.1, 0.1, 0.1, 0.1, 0.4, 0.6]])
    inside = torch.tensor([[0.8, 0.3, 0.2, 0.7, 0.3, 0.2]])
    probs = torch.stack([background, inside, 1 - background - inside])[None]
    assert instances_from(probs, seeds="border").tolist() == [[[1, 1, 2, 2, 2, 0]]]
    assert instances_from(probs, seeds="border", limit=0.7).tolist() == [[[1, 1, 2, 2, 0, 0]]]
    assert instances_from(probs, grow=1, limit=0.5).tolist() == [[[1, 1, 2, 2, 2, 0]]]
    assert instances_from(probs, grow=1, limit=0.7).tolist() == [[[1, 1, 2, 2, 0, 0]]]


# --- growing


@SMALL
@given(
    hnp.arrays(np.int64, SHAPES, elements=st.sampled_from([0, 0, 0, 0, 3, 70_000])),
    st.sampled_from([0, 1, 1.5, 2, 3, math.inf]),
    st.data(),
)
def test_growing_gives_background_to_a_nearest_object(instances, pixels, data):
    where = data.draw(hnp.arrays(bool, instances.shape))
    for allowed in (None, where):
        grown = grow_objects(instances, pixels, where=allowed).numpy()
        for place in product(*map(range, instances.shape)):
            distances = {
                number: min(math.dist(place, other) for other in np.argwhere(instances == number))
                for number in np.unique(instances[instances > 0])
            }
            nearest = min(distances.values(), default=math.inf)
            if instances[place]:
                assert grown[place] == instances[place]
            elif not distances or nearest > pixels or (allowed is not None and not allowed[place]):
                assert grown[place] == 0
            else:
                assert distances[grown[place]] == nearest


def test_growing_is_scikit_images_expansion(logits):
    for found in instances_from(logits.softmax(dim=1)).numpy():
        for pixels in (1, 2, 3.7):
            assert grow_objects(found, pixels).tolist() == expand_labels(found, pixels).tolist()


def test_the_limit_keeps_growing_within_the_foreground(logits):
    probs = logits.softmax(dim=1)[:, 1]
    cores = instances_from(probs, threshold=0.9)
    grown = instances_from(probs, threshold=0.9, grow=3, limit=0.5)
    assert ((grown > 0) <= (probs > 0.5)).all()
    assert (grown > 0).sum() > (cores > 0).sum()
    assert torch.equal(grown.where(cores > 0, 0), cores)


@SMALL
@given(maps(), st.sampled_from(SEEDS), st.integers(0, 3), st.sampled_from([0, 2, math.inf]))
def test_ids_are_one_to_n_in_every_image(probs, seeds, smallest, holes):
    stack = np.stack([probs] * 4)
    stack[1] = 0
    found = instances_from(stack, seeds=seeds, smallest=smallest, holes=holes)
    for ids in found.numpy():
        assert np.unique(np.append(0, ids)).tolist() == list(range(ids.max() + 1))
    assert torch.equal(found[0], instances_from(probs, seeds=seeds, smallest=smallest, holes=holes))


# --- what is refused

P = torch.full((2, 4, 4), 0.25)
NAN = torch.full((1, 4, 4), 0.25).index_fill(2, torch.tensor([3]), math.nan)


@pytest.mark.parametrize(
    ("call", "shows"),
    [
        (lambda: instances_from(8 * P - 3.5), r"must lie in 0 … 1: got -1.5 … -1.5 \(logits\?"),
        (lambda: instances_from(255 * P), r"must lie in 0 … 1: got 63.75 … 63.75"),
        (lambda: instances_from(NAN), r"must be finite: got nan at \(0, 0, 3\) and 3 more places"),
        (lambda: instances_from(P / 0), "must be finite: got inf"),
        (lambda: instances_from((P > 0).long()), "a mask such as labels == 1: got dtype torch.int64"),
        (lambda: instances_from(np.zeros((4, 4), np.uint8)), "got dtype uint8"),
        (lambda: instances_from(P[None, None]), r"got shape \(1, 1, 2, 4, 4\)"),
        (lambda: instances_from(P[:, :0]), r"got shape \(2, 0, 4\)"),
        (lambda: instances_from(torch.full((1, 7, 4, 4), 1 / 7)), r"of up to 3 classes: got shape \(1, 7, 4, 4\)"),
        (
            lambda: instances_from(torch.full((1, 3, 4, 4), 0.5)),
            "the 3 classes of a pixel must sum to 1: got 1.5 … 1.5",
        ),
        (
            lambda: instances_from(torch.stack([P[0], 1 - P[0]])),
            r"probs \(2, 4, 4\) sum to 1 over axis 0.*probs\[None\]",
        ),
        (lambda: instances_from(P, threshold=1.5), "threshold must be a number from 0 to 1: got 1.5"),
        (lambda: instances_from(P, threshold=math.nan), "threshold must be a number from 0 to 1: got nan"),
        (lambda: instances_from(P, seeds="peaks"), "must be one of components, distance, border: got 'peaks'"),
        (lambda: instances_from(P, smallest=-1), "smallest must be a whole number of at least 0: got -1"),
        (lambda: instances_from(P, holes=-1), "holes must be a number of at least 0: got -1"),
        (lambda: instances_from(P, grow=-1), "grow must be a number of at least 0: got -1"),
        (lambda: instances_from(P, limit=-0.5), "limit must be a number from 0 to 1: got -0.5"),
        (lambda: instances_from(P, seeds="distance", apart=0), "apart must be a whole number of at least 1: got 0"),
        (lambda: instances_from(P, seeds="border", grow=1), "grow must be 0: got 1"),
        (lambda: part_by_distance(np.ones((2, 2), bool), apart=0), "apart must be a whole number of at least 1: got 0"),
        (lambda: grow_objects(np.ones((2, 2), int), math.nan), "pixels must be a number of at least 0: got nan"),
    ],
)
def test_bad_input_is_refused_with_the_numbers(call, shows):
    with pytest.raises(ValueError, match=re.compile(shows)):
        call()


def test_rounding_is_no_reason_to_refuse():
    logits = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0)) * 3
    for kind in (torch.float16, torch.bfloat16):
        instances_from(logits.to(kind).softmax(dim=1), seeds="border")
    assert instances_from(torch.full((2, 2), 1 + 1e-6)).max() == 1


def test_a_table_of_objects_is_that_of_scikit_image(scenes):
    for scene in scenes[:3]:
        ids, image = (scene.instances * 3)[5:70, 9:], scene.image[5:70, 9:]  # ids with gaps; the frame cuts some cells
        rows = measure_objects(ids, image)
        theirs = regionprops(ids.numpy(), image.numpy())
        assert [row["id"] for row in rows] == [one.label for one in theirs]
        assert len({row["at edge"] for row in rows}) == 2
        for row, one in zip(rows, theirs, strict=True):
            assert row["pixels"] == one.area
            assert (row["row"], row["column"]) == pytest.approx(one.centroid)
            assert row["grey"] == pytest.approx(one.intensity_mean)
            top, left, bottom, right = one.bbox
            assert row["at edge"] == (top == 0 or left == 0 or bottom == 65 or right == ids.shape[1])


def test_each_side_of_the_image_is_an_edge():
    for turn in range(4):
        ids = torch.zeros(4, 5, dtype=torch.int64)
        ids[0, 2], ids[2, 2] = 1, 2
        ids = ids.rot90(turn)
        assert [row["at edge"] for row in measure_objects(ids, torch.zeros(ids.shape))] == [True, False]


def test_without_objects_the_table_is_empty():
    assert measure_objects(np.zeros((2, 3), int), np.ones((2, 3), np.uint8)) == []
