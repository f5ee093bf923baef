"""LearnedKernel: its steps against gradient descent on a matrix, when boards go and stay, the sentence."""

import math

import numpy as np
import pytest

from segbook import shapes
from segbook.widgets import LearnedKernel
from segbook.widgets.learned_kernel import RATE, SIZE, STEPS


def descended(figure):
    """Take the figure's steps with a matrix that holds, for every tap, where its stamps land."""
    stride, padding = figure.stride, figure.layer()["padding"]
    target = np.array(figure.target)
    design = np.zeros((SIZE, figure.kernel_size))
    for i, value in enumerate(target.reshape(-1, stride).mean(axis=1)):
        for j in range(figure.kernel_size):
            if 0 <= i * stride + j - padding < SIZE:
                design[i * stride + j - padding, j] += value
    weight, losses = LearnedKernel(**settings(figure), step=0).kernel().numpy(), []
    for _ in range(STEPS):
        output = design @ weight
        if figure.loss == "squared":
            losses.append(np.mean((output - target) ** 2))
            slope = 2 * (output - target)
        else:
            losses.append(np.mean(np.log1p(np.exp(-target * output))))
            slope = -target / (1 + np.exp(target * output))
        weight = weight - RATE / SIZE * design.T @ slope
    return weight, design @ weight, losses


def settings(figure):
    return {name: getattr(figure, name) for name in ("loss", "start", "kernel_size", "stride")}


@pytest.mark.parametrize(
    ("loss", "start", "kernel_size", "stride"),
    [
        ("squared", "equal", 3, 2),
        ("squared", "random", 8, 4),
        ("entropy", "bilinear", 5, 3),
        ("entropy", "equal", 1, 3),
    ],
)
def test_its_steps_are_those_of_gradient_descent_on_a_matrix(loss, start, kernel_size, stride):
    figure = LearnedKernel(loss=loss, start=start, kernel_size=kernel_size, stride=stride, step=STEPS)
    weight, output, losses = descended(figure)
    np.testing.assert_allclose(figure.kernel(), weight, atol=1e-12)
    np.testing.assert_allclose(figure.output(), output, atol=1e-12)
    np.testing.assert_allclose(figure.losses()[:-1], losses, atol=1e-12)


@pytest.mark.parametrize("stride", [2, 3, 4])
def test_the_output_is_as_long_as_the_target_at_every_kernel_size(stride):
    for kernel_size in range(1, 9):
        layer = LearnedKernel(kernel_size=kernel_size, stride=stride).layer()
        assert shapes.conv_transpose_output_size(SIZE // stride, kernel_size, **layer) == SIZE
        assert 0 <= layer["output_padding"] < stride


def test_the_weights_at_the_start_are_what_they_are_called():
    equal = LearnedKernel(kernel_size=3, stride=2).kernel()
    assert equal.tolist() == pytest.approx([2 / 3] * 3)
    assert LearnedKernel(start="bilinear", kernel_size=4, stride=2).kernel().tolist() == [0.25, 0.75, 0.75, 0.25]
    assert LearnedKernel(start="bilinear", kernel_size=3, stride=2).kernel().tolist() == [0.5, 1, 0.5]
    for kernel_size in (1, 3, 8):
        drawn = LearnedKernel(start="random", kernel_size=kernel_size).kernel()
        assert drawn.abs().max() <= 1 / math.sqrt(kernel_size)


def test_an_uneven_overlap_is_learned_away_where_every_place_is_stamped_and_stays_where_some_is_not():
    for stride in (2, 3, 4):
        for kernel_size in range(1, 9):
            start = ("equal", "bilinear", "random")[(kernel_size + stride) % 3]
            board = LearnedKernel(kernel_size=kernel_size, stride=stride, start=start, step=STEPS).board()
            assert (board < 0.07) if kernel_size >= stride else (board > 0.9), (kernel_size, stride, start)
    assert LearnedKernel().board() == pytest.approx(2 / 3)
    assert LearnedKernel(step=10).board() == pytest.approx(0.03, abs=0.005)


def test_a_board_is_divided_by_the_size_of_the_mean():
    figure = LearnedKernel(start="random", kernel_size=1, stride=2)
    (tap,) = figure.kernel().tolist()
    assert tap < 0
    assert figure.board() == pytest.approx(2)  # a flat signal becomes the tap and 0, in turn


def test_the_cross_entropy_leaves_more_of_a_checkerboard_than_the_squared_error():
    for kernel_size, stride in ((3, 2), (5, 2), (4, 3), (5, 3), (6, 4)):
        boards = [
            LearnedKernel(kernel_size=kernel_size, stride=stride, loss=loss, step=step).board()
            for loss in ("squared", "entropy")
            for step in (0, 10, STEPS)
        ]
        assert boards[0] == boards[3]
        assert boards[0] > boards[4] > 2 * boards[1]
        assert boards[4] > boards[5] > 3 * boards[2]


def test_the_cross_entropy_gives_bilinear_weights_a_checkerboard():
    before, after = (LearnedKernel(loss="entropy", start="bilinear", step=step).board() for step in (0, STEPS))
    assert before == pytest.approx(0)
    assert after > 0.1


def test_the_sentence_says_what_was_learned():
    said = LearnedKernel(start="random", kernel_size=4, step=10, loss="entropy").alt()
    assert "with the cross entropy" in said
    assert "kernel 4, stride 2, weights random at the start" in said
    assert f"after 10 of {STEPS} steps" in said
    assert (
        "after 0 of 100 steps the loss is 0.1481, and a flat signal of ones becomes 0.67 to 1.33"
        in LearnedKernel().alt()
    )
