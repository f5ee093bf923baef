"""CoarseAndFine: rows against loops, where the joined row errs, the sentence."""

import numpy as np
import pytest

from segbook.widgets import CoarseAndFine

EDGES = range(8, 12)


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("threshold", [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])
def test_the_rows_are_what_a_loop_makes(edge, threshold):
    figure = CoarseAndFine(edge=edge, threshold=threshold, skip_weight=1.5, up_weight=0.5, bias=-1.0)
    fine = [1.0 if n == 1 or n >= edge else 0.0 for n in range(16)]
    assert figure.fine().tolist() == fine
    coarse = []
    for block in range(4):
        seen = [fine[n] for n in range(4 * block - 2, 4 * block + 6) if 0 <= n < 16]
        assert figure.means()[block] == sum(seen) / 8
        coarse += 4 * [float(sum(seen) / 8 > threshold)]
    assert figure.coarse().tolist() == coarse
    joined = np.maximum(0, 1.5 * np.array(fine) + 0.5 * np.array(coarse) - 1)
    np.testing.assert_allclose(figure.output(), joined)
    truth = [n >= edge for n in range(16)]
    counts = [
        sum((value > 0) != true for value, true in zip(row, truth, strict=True)) for row in (fine, coarse, joined)
    ]
    assert figure.wrong() == tuple(counts)


def test_at_a_half_the_joined_row_fails_where_the_coarse_row_misses_the_objects_first_pixels():
    assert [CoarseAndFine(edge=edge).wrong()[2] for edge in EDGES] == [0, 0, 2, 1]


@pytest.mark.parametrize("threshold", [0.2, 0.3])
def test_a_generous_coarse_row_lets_the_joined_row_be_right_at_every_edge(threshold):
    wrong = [CoarseAndFine(edge=edge, threshold=threshold).wrong() for edge in EDGES]
    assert [joined for _, _, joined in wrong] == [0, 0, 0, 0]
    assert all(coarse > 0 for _, coarse, _ in wrong[1:])


def test_what_is_too_generous_lets_the_speck_in():
    assert CoarseAndFine(preset="too generous").wrong() == (1, 7, 1)
    assert CoarseAndFine(preset="skip alone").wrong() == (1, 1, 1)
    assert CoarseAndFine(preset="no skip").wrong()[1:] == (1, 1)


def test_the_sentence_says_the_edge_the_threshold_and_what_is_wrong():
    said = CoarseAndFine(preset="edge at 11").alt()
    assert "an object from 11 on; blocks with a mean above 0.5" in said
    assert "Wrong pixels: 1 in the fine row, 1 in the coarse row, 1 where weights 1.0 and 1.0 and bias −1.0" in (
        said.replace("-", "−")
    )
