"""Chapter 9's figure in Python: what it shows against brute force, and settings that it refuses."""

import numpy as np
import pytest
import traitlets

from segbook.widgets import WeightMap
from segbook.widgets.weight_map import HEIGHT, WIDTH

CROWD = [[15, 13, 8], [31, 11, 8], [46, 15, 7], [21, 30, 9], [40, 31, 9], [56, 30, 6]]


def brute_force(figure):
    """Weigh every pixel by measuring to every pixel of every cell."""
    ids = figure.instances().numpy()
    cells = [np.argwhere(ids == i) for i in np.unique(ids[ids > 0])]
    weights = np.where(ids > 0, figure.cell, figure.background).astype(float)
    for place in np.argwhere(ids == 0):
        each = sorted(np.sqrt(((cell - place) ** 2).sum(1).min()) for cell in cells)
        if len(each) > 1:
            weights[tuple(place)] += figure.w_0 * np.exp(-((each[0] + each[1]) ** 2) / (2 * figure.sigma**2))
    return weights


@pytest.mark.parametrize(
    "figure",
    [WeightMap(), WeightMap(cells=CROWD, background=0.6, cell=4.0), WeightMap(cells=CROWD[:1]), WeightMap(cells=[])],
    ids=["two cells", "a crowd", "one cell", "none"],
)
def test_weights_are_those_of_brute_force(figure):
    np.testing.assert_allclose(figure.weights(), brute_force(figure), atol=1e-5)
    assert figure.weight() == pytest.approx(brute_force(figure)[figure.row, figure.column], abs=1e-5)


def test_the_largest_weight_after_the_carve_is_that_of_a_gap_of_one_pixel():
    for row in range(20, 28):
        touching = WeightMap(cells=[[20, 23, 10], [40, row, 10]])
        assert touching.weights().max().item() <= 1 + 10 * np.exp(-2 / 25) + 1e-5
    both = [WeightMap(cells=[[20, 23, 10], [40, 23, 10]], carve=carve) for carve in (True, False)]
    assert both[0].weights().max().item() == pytest.approx(1 + 10 * np.exp(-2 / 25), abs=1e-5)
    assert both[0].instances().count_nonzero() < both[1].instances().count_nonzero()


def test_the_two_nearest_cells_are_named_in_order():
    figure = WeightMap(cells=CROWD, row=20, column=30)
    names, distances = zip(*figure.nearest(), strict=True)
    assert len(names) == 2
    assert distances[0] <= distances[1]
    assert WeightMap(cells=CROWD, row=11, column=31).nearest()[0] == (2, 0.0)
    assert WeightMap(cells=[]).nearest() == []


def test_a_cell_off_the_grid_or_of_another_size_is_refused():
    for cell in ([WIDTH, 3, 5], [3, HEIGHT, 5], [-1, 3, 5], [3, 3, 2], [3, 3, 15]):
        with pytest.raises(traitlets.TraitError, match="cells hold"):
            WeightMap(cells=[cell])
    with pytest.raises(traitlets.TraitError):
        WeightMap(cells=[[9, 9, 5]] * 9)


@pytest.mark.parametrize("cells", [CROWD, CROWD[:1], []], ids=["a crowd", "one cell", "none"])
def test_every_scene_has_a_sentence(cells):
    assert f"{len(cells)} cells" in WeightMap(cells=cells).alt()
