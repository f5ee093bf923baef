"""The weight map against brute force, on the label maps that break others; class weights; the carve."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from segbook.data import cell_scene
from segbook.data.views import touching_pairs
from segbook.pixel_weights import balanced_weights, border_distances, border_weights, carve_touching, weight_map


def place(shape, **boxes):
    ids = torch.zeros(shape, dtype=torch.int64)
    for number, (y0, y1, x0, x1) in boxes.items():
        ids[y0:y1, x0:x1] = int(number[1:])
    return ids


ADVERSARIAL = {
    "none": place((9, 7)),
    "one cell": place((9, 7), _3=(2, 5, 2, 4)),
    "one cell everywhere": place((4, 5), _1=(0, 4, 0, 5)),
    "touching": place((12, 10), _1=(2, 6, 2, 5), _2=(2, 6, 5, 8), _3=(6, 9, 2, 8)),
    "at the corners": place((14, 20), _1=(0, 3, 0, 3), _2=(0, 3, 17, 20), _3=(11, 14, 0, 2), _4=(13, 14, 19, 20)),
    "two pieces of one id": place((10, 24), _1=(1, 3, 1, 3)) + place((10, 24), _1=(7, 9, 20, 23), _2=(1, 4, 12, 15)),
    "single pixels": place((8, 8), _1=(1, 2, 1, 2), _2=(1, 2, 3, 4), _3=(6, 7, 6, 7)),
    "with holes in the numbering": place((6, 15), _5=(1, 4, 0, 3), _900000=(2, 5, 8, 11)),
    "huge ids": place((6, 15))
    + place((6, 15), _1=(1, 4, 0, 3)) * (2**53 + 1)
    + place((6, 15), _1=(2, 5, 8, 11)) * 2**53,
    "one row": torch.tensor([[1, 0, 0, 2, 0, 0, 0, 3]]),
    "a ring with a cell inside": place((15, 15), _1=(1, 14, 1, 14))
    - place((15, 15), _1=(3, 12, 3, 12))
    + place((15, 15), _7=(6, 9, 6, 9)),
    "huge ids without background": torch.tensor([[10**9, 10**9, 10**9 + 5]]),
    "huge ids and a 1 without background": torch.tensor([[1, 10**9, 10**9 + 5]]),
    "no background": place((4, 6), _1=(0, 4, 0, 3), _2=(0, 4, 3, 6)),
}


def brute_force_distances(ids):
    """For every pixel and id, the smallest distance to any pixel of that id; then the two smallest."""
    places = torch.cartesian_prod(*(torch.arange(n) for n in ids.shape)).double()
    columns = [torch.full((ids.numel(),), float("inf"), dtype=torch.float64)] * 2
    for number in set(ids.flatten().tolist()) - {0}:
        columns.append(torch.cdist(places, places[ids.flatten() == number]).min(dim=1).values)
    nearest = torch.stack(columns).sort(dim=0).values[:2]
    return nearest[0].reshape(ids.shape), nearest[1].reshape(ids.shape)


def brute_force_weights(ids, w_c=(1.0, 1.0), w_0=10.0, sigma=5.0):
    d_1, d_2 = brute_force_distances(ids)
    border = w_0 * torch.exp(-((d_1 + d_2) ** 2) / (2 * sigma**2)) * (ids == 0)
    return border + torch.where(ids > 0, w_c[1], w_c[0])


@pytest.mark.parametrize("name", ADVERSARIAL)
@pytest.mark.parametrize("setting", [{}, {"w_0": 3.0, "sigma": 1.5}, {"w_0": 50.0, "sigma": 20.0}])
def test_the_weight_map_matches_brute_force_on(name, setting):
    ids = ADVERSARIAL[name]
    result = weight_map(ids, class_weights=(0.5, 2.0), **setting)
    expected = brute_force_weights(ids, (0.5, 2.0), **setting)
    assert result.dtype == torch.float32
    torch.testing.assert_close(result.double(), expected, rtol=1e-7, atol=1e-6)


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_the_distances_match_brute_force_on(name):
    for result, expected in zip(
        border_distances(ADVERSARIAL[name]), brute_force_distances(ADVERSARIAL[name]), strict=True
    ):
        torch.testing.assert_close(result.double(), expected, rtol=1e-7, atol=0)


IDS = hnp.arrays(np.int64, st.tuples(st.integers(1, 14), st.integers(1, 14)), elements=st.sampled_from([0, 0, 0, 1, 2, 5, 70]))  # fmt: skip


@settings(deadline=None, max_examples=30)
@given(IDS, st.floats(0.3, 8), st.floats(0, 100))
def test_any_label_map_matches_brute_force(ids, sigma, w_0):
    ids = torch.tensor(ids)
    expected = brute_force_weights(ids, w_0=w_0, sigma=sigma)
    torch.testing.assert_close(weight_map(ids, w_0=w_0, sigma=sigma).double(), expected, rtol=1e-7, atol=1e-6)


@settings(deadline=None, max_examples=20)
@given(IDS)
def test_turning_or_mirroring_the_labels_turns_and_mirrors_the_weights(ids):
    ids = torch.tensor(ids)
    weights = border_weights(ids)
    assert torch.equal(border_weights(ids.T), weights.T)
    assert torch.equal(border_weights(ids.flip(1)), weights.flip(1))


@settings(deadline=None, max_examples=20)
@given(IDS)
def test_the_names_of_the_ids_do_not_matter_nor_does_the_dtype(ids):
    ids = torch.tensor(ids)
    assert torch.equal(border_weights(ids), border_weights(ids * 1_000_003))
    assert torch.equal(border_weights(ids), border_weights(ids.to(torch.uint8)))


def test_the_term_is_cut_only_where_it_is_below_its_bound_and_larger_settings_reach_further():
    ids = torch.zeros(3, 400, dtype=torch.int64)
    ids[1, 0], ids[1, 399] = 1, 2
    for w_0, sigma in ((10.0, 5.0), (10.0, 80.0), (1000.0, 80.0), (1e6, 76.0)):
        difference = border_weights(ids, w_0=w_0, sigma=sigma).double() - brute_force_weights(
            ids, (0.0, 0.0), w_0, sigma
        )
        assert difference.abs().max() <= 1e-7 + w_0 * 1e-7
    assert border_weights(ids)[1, 200] == 0
    assert border_weights(ids, sigma=80.0)[1, 200] > 1e-5


def test_the_largest_weight_of_a_pixel_grid():
    weights = border_weights(torch.tensor([[1, 0, 2]]))
    assert weights[0, 1].item() == pytest.approx(10 * np.exp(-2 / 25), abs=1e-6)


@pytest.mark.parametrize(("w_0", "sigma"), [(10.0, 5.0), (10.0, 2.0), (0.3, 5.0)])
def test_the_term_is_exactly_zero_where_the_second_id_is_further_than_r_and_nowhere_nearer(w_0, sigma):
    reach = int(sigma * np.sqrt(2 * np.log(1 + w_0 * 1e7)))
    assert (w_0, sigma) != (10.0, 5.0) or reach == 30
    ids = torch.zeros(45, 45, dtype=torch.int64)
    ids[0, 0], ids[32, 28], ids[0, reach + 1] = 1, 2, 3
    d_1, d_2 = brute_force_distances(ids)
    expected = w_0 * torch.exp(-((d_1 + d_2) ** 2) / (2 * sigma**2)) * ((ids == 0) & (d_2 <= reach))
    assert (d_2 == reach).any()
    result = border_weights(ids, w_0=w_0, sigma=sigma).double()
    torch.testing.assert_close(result, expected, rtol=1e-6, atol=0)


@pytest.mark.parametrize("class_weights", [(0.0, 3.0), [0.0, 3.0], torch.tensor([0.0, 3.0], dtype=torch.float64)])
def test_class_weights_may_be_zero_and_of_any_number_type(class_weights):
    weights = weight_map(torch.tensor([[0, 0, 7]]), class_weights=class_weights)
    assert weights.dtype == torch.float32
    assert weights.tolist() == [[0, 0, 3]]


def test_a_cell_scene_at_full_size_matches_stacked_distance_transforms():
    ids = cell_scene(96, seed=1, num_cells=12, radius=8.0).instances
    stack = np.sort([ndimage.distance_transform_edt(ids != number) for number in range(1, 13)], axis=0)
    expected = np.where(ids == 0, 10 * np.exp(-((stack[0] + stack[1]) ** 2) / 50), 0)
    np.testing.assert_allclose(border_weights(ids).numpy(), expected, atol=1e-6)


def test_balanced_weights_by_hand():
    labels = torch.tensor([[0, 0, 0, 0, 0, 0], [1, 1, 3, 9, 9, 9]])
    assert balanced_weights(labels, 5, ignore_index=9).tolist() == pytest.approx([0.5, 1.5, 0, 3, 0])
    with pytest.raises(ValueError, match=r"labels hold 9 at \[1, 3\], which is none of 5 classes \(0 … 4\)"):
        balanced_weights(labels, 5)


@settings(deadline=None, max_examples=20)
@given(hnp.arrays(np.int64, st.integers(1, 60), elements=st.integers(-1, 4)).filter(lambda x: (x >= 0).any()))
def test_balanced_weights_average_to_one_and_every_class_weighs_the_same(labels):
    labels = torch.tensor(labels)
    weights = balanced_weights(labels, 6, ignore_index=-1)
    counts = torch.tensor([(labels == c).sum() for c in range(6)])
    totals = (weights * counts)[counts > 0]
    assert weights.dtype == torch.float32
    torch.testing.assert_close(totals, totals[:1].expand_as(totals))
    assert totals.sum().item() == pytest.approx((labels >= 0).sum().item(), rel=1e-5)
    assert (weights[counts == 0] == 0).all()


def carve_by_loops(ids):
    """The rule pixel by pixel, for maps where no id would disappear."""
    counts = {number: (ids == number).sum().item() for number in ids.unique().tolist()}
    carved = ids.clone()
    for y in range(ids.shape[0]):
        for x in range(ids.shape[1]):
            mine = ids[y, x].item()
            for other in ids[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2].flatten().tolist():
                if mine and other and other != mine and (counts[other], other) < (counts[mine], mine):
                    carved[y, x] = 0
    return carved


def test_the_carve_follows_its_rule_and_leaves_nothing_touching():
    for seed in range(3):
        ids = cell_scene(80, seed=seed, num_cells=14, radius=7.0, clustering=1.0).instances
        carved = carve_touching(ids)
        assert len(touching_pairs(ids)) > 5
        assert len(touching_pairs(carved)) == 0
        assert torch.equal(carved, carve_by_loops(ids))
        opened = (carved == 0) & (ids > 0)
        assert border_weights(carved)[opened].min() > 7
        assert (opened.sum() / (ids > 0).sum()).item() < 0.12


@pytest.mark.parametrize(
    ("ids", "carved"),
    [
        ([[2, 2, 1, 1]], [[2, 0, 1, 1]]),  # a tie: the higher number gives way
        ([[1, 1, 1, 2]], [[1, 1, 0, 2]]),  # a single pixel stays
        ([[1, 2, 2]], [[1, 0, 2]]),
        ([[1, 2]], [[1, 2]]),  # two single pixels cannot be parted
        ([[1, 2, 3, 3, 3]], [[1, 2, 0, 3, 3]]),
        ([[1, 0], [0, 2]], [[1, 0], [0, 2]]),
        ([[1, 1, 0], [0, 0, 2]], [[1, 0, 0], [0, 0, 2]]),  # corners touch
        ([[9, 9, 9, 9], [4, 4, 4, 0]], [[9, 9, 9, 9], [4, 4, 4, 0]]),  # either would lose every pixel
        ([[1, 2, 1]], [[1, 2, 1]]),
    ],
)
def test_the_carve_by_hand(ids, carved):
    assert carve_touching(torch.tensor(ids)).tolist() == carved


def test_an_id_that_would_disappear_keeps_its_pixels_and_its_neighbour_gives_way():
    ids = torch.tensor([[5, 5, 5, 0, 0], [7, 7, 7, 7, 0], [5, 5, 0, 0, 0]])  # 7 has 4 pixels, 5 has 5
    assert carve_touching(ids).tolist() == ids.tolist()  # both would go
    ids = torch.tensor([[2, 2, 2, 2], [1, 1, 1, 1], [2, 2, 2, 2], [2, 2, 2, 2]])
    assert carve_touching(ids).tolist() == [[0, 0, 0, 0], [1, 1, 1, 1], [0, 0, 0, 0], [2, 2, 2, 2]]
    ids = torch.tensor([[2, 2, 2], [2, 1, 2], [0, 1, 0], [0, 1, 0], [0, 1, 0]])  # 1 is the smaller, and gives way
    assert carve_touching(ids).tolist() == [[2, 2, 2], [2, 0, 2], [0, 0, 0], [0, 1, 0], [0, 1, 0]]
    ids = torch.tensor([[3, 3, 3, 3], [1, 4, 4, 2], [4, 4, 4, 4], [4, 4, 4, 4]])
    assert set(carve_touching(ids).flatten().tolist()) == {0, 1, 2, 3, 4}


@settings(deadline=None, max_examples=40)
@given(IDS)
def test_the_carve_keeps_every_id_only_removes_and_leaves_only_what_cannot_be_parted(ids):
    ids = torch.tensor(ids)
    carved = carve_touching(ids)
    assert set(ids.unique().tolist()) - {0} == set(carved.unique().tolist()) - {0}
    assert ((carved == ids) | (carved == 0)).all()
    for pair in touching_pairs(carved).tolist():
        for number in pair:
            assert torch.equal(carved == number, ids == number)  # kept whole


BAD_CALLS = {
    "weight_map(torch.zeros(2, 2))": "instances must hold whole numbers: got dtype torch.float32",
    "weight_map(torch.zeros(2, 2, dtype=torch.bool))": "got dtype torch.bool",
    "weight_map(torch.zeros(1, 2, 2).long())": "instances must be (H, W) with pixels: got shape (1, 2, 2)",
    "weight_map(torch.zeros(0, 2).long())": "got shape (0, 2)",
    "weight_map(-torch.ones(2, 2).long())": "instances must be at least 0 (0 = background): got -1",
    "weight_map(I, class_weights=(1.0,))": "class_weights must be 2 finite numbers of at least 0",
    "weight_map(I, class_weights=(1.0, -1.0))": "got (1.0, -1.0)",
    "weight_map(I, class_weights=(1.0, float('nan')))": "got (1.0, nan)",
    "weight_map(I, class_weights=(float('inf'), 1.0))": "got (inf, 1.0)",
    "weight_map(I, sigma=0)": "sigma must be a number from 0.001 to 10000: got 0",
    "weight_map(I, w_0=-1)": "w_0 must be a number from 0 to 1e+06: got -1",
    "border_weights(I, w_0=float('nan'))": "got nan",
    "border_weights(I, w_0=1000000.5)": "from 0 to 1e+06: got 1000000.5",
    "border_weights(I, sigma=10000.5)": "from 0.001 to 10000: got 10000.5",
    "border_weights(I, sigma=0.0009)": "from 0.001 to 10000: got 0.0009",
    "border_distances(I.float())": "got dtype torch.float32",
    "border_distances(I[None])": "got shape (1, 2, 2)",
    "carve_touching(-I - 1)": "got -1",
    "carve_touching(I.float())": "got dtype torch.float32",
    "balanced_weights(I, 0)": "num_classes must be a whole number of at least 1: got 0",
    "balanced_weights(I + 3, 3)": "labels hold 3 at [0, 0], which is none of 3 classes (0 … 2)",
    "balanced_weights(I - 1, 3)": "labels hold -1 at [0, 0], which is none of 3 classes (0 … 2) and not ignore_index -100",
    "balanced_weights(I.float(), 3)": "labels must hold whole numbers: got dtype torch.float32",
    "balanced_weights(I, 3, ignore_index=0)": "no pixel counts: 4 labels, all of them 0",
}
PREPARE = """\
import torch; from segbook.pixel_weights import *
I = torch.zeros(2, 2).long()
"""


@pytest.mark.parametrize("call", BAD_CALLS)
def test_bad_input_is_refused_with_the_numbers_without_a_type_checker_too(call, said):
    assert BAD_CALLS[call] in said[call]


@pytest.mark.parametrize(
    ("call", "shows"),
    [
        (lambda ids: weight_map(ids, class_weights=(1.0, 2.0, 3.0)), r"must be 2 .* got \(1.0, 2.0, 3.0\)"),
        (lambda ids: weight_map(ids, class_weights=(1.0, float("inf"))), "inf"),
        (lambda ids: border_weights(ids, sigma=0.0), "from 0.001 to 10000: got 0.0"),
        (lambda ids: border_weights(ids - 7), "at least 0 .* got -7"),
        (lambda ids: border_distances(ids - 7), "got -7"),
        (lambda ids: carve_touching(ids - 7), "got -7"),
        (lambda ids: balanced_weights(ids, 0), "at least 1: got 0"),
        (lambda ids: balanced_weights(ids, 2, ignore_index=0), "6 labels, all of them 0"),
    ],
)
def test_bad_input_raises_and_shows_both_numbers(call, shows):
    with pytest.raises(ValueError, match=shows):
        call(torch.zeros(2, 3, dtype=torch.int64))
