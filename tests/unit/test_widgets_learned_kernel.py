"""LearnedKernel: its steps against gradient descent on a matrix, when boards go and stay, the sentence."""

import math

import numpy as np
import pytest

from segbook import shapes
from segbook.widgets import LearnedKernel
from segbook.widgets.learned_kernel import SIZE, STEPS


def descended(figure):
    """Take the figure's steps with a matrix that holds, for every tap, where its stamps land."""
    stride, padding = figure.stride, figure.layer()["padding"]
    target = np.array(figure.targets[figure.target])
    design = np.zeros((SIZE, figure.kernel_size))
    for i, value in enumerate(target.reshape(-1, stride).mean(axis=1)):
        for j in range(figure.kernel_size):
            if 0 <= i * stride + j - padding < SIZE:
                design[i * stride + j - padding, j] += value
    weight, losses = LearnedKernel(**settings(figure), step=0).kernel().numpy(), []
    for _ in range(STEPS):
        losses.append(np.mean((design @ weight - target) ** 2))
        weight = weight - 2 / SIZE * design.T @ (design @ weight - target)
    return weight, design @ weight, losses


def settings(figure):
    return {name: getattr(figure, name) for name in ("target", "start", "kernel_size", "stride")}


@pytest.mark.parametrize(
    ("target", "start", "kernel_size", "stride"),
    [("smooth", "equal", 3, 2), ("plateau", "random", 8, 4), ("smooth", "bilinear", 5, 3), ("plateau", "equal", 1, 3)],
)
def test_its_steps_are_those_of_gradient_descent_on_a_matrix(target, start, kernel_size, stride):
    figure = LearnedKernel(target=target, start=start, kernel_size=kernel_size, stride=stride, step=STEPS)
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


def test_bilinear_weights_begin_below_where_equal_and_random_ones_end():
    def losses(start):
        return LearnedKernel(kernel_size=4, stride=2, start=start).losses()

    assert losses("bilinear")[0] < min(losses("equal")[-1], losses("random")[-1]) / 1.5


def test_a_plateau_that_ends_between_two_strides_teaches_a_board_to_even_weights():
    figure = LearnedKernel(target="plateau", start="bilinear", kernel_size=8, stride=4)
    assert figure.board() == pytest.approx(0)
    figure.step = STEPS
    assert figure.board() == pytest.approx(0.125, abs=0.005)
    ends_on_a_stride = figure.targets["plateau"][:28] + [0.0] * 20
    figure.targets = {**figure.targets, "plateau": ends_on_a_stride}
    assert figure.board() < 1e-9


def test_the_plateaus_board_has_a_lower_loss_than_the_best_kernel_without_one():
    """A board may lower a loss: 0.0157 with sums of 1.10 and 0.97, and 0.0170 if all sums are equal."""
    figure = LearnedKernel(target="plateau", start="bilinear", kernel_size=8, stride=4, step=STEPS)
    target = np.array(figure.targets["plateau"])
    design = np.zeros((SIZE, 8))
    for i, value in enumerate(target.reshape(-1, 4).mean(axis=1)):
        for j in range(8):
            if 0 <= i * 4 + j - 2 < SIZE:
                design[i * 4 + j - 2, j] += value
    # taps j and j + 4 meet: the second is the common sum minus the first
    even = np.column_stack([design[:, :4] - design[:, 4:], design[:, 4:].sum(axis=1)])
    residual = target - even @ np.linalg.lstsq(even, target, rcond=None)[0]
    assert np.mean(residual**2) == pytest.approx(0.0170, abs=0.00005)
    assert figure.losses()[STEPS] == pytest.approx(0.0157, abs=0.00005)
    assert figure.sums().numpy().round(2).tolist() == [0.97, 0.97, 1.1, 1.1]


def test_the_sentence_says_what_was_learned():
    said = LearnedKernel(start="random", kernel_size=4, step=10, target="plateau").alt()
    assert "kernel 4, stride 2, weights random at the start" in said
    assert f"after 10 of {STEPS} steps" in said
    assert (
        "after 0 of 100 steps the loss is 0.0271, and a flat signal of ones becomes 0.67 to 1.33"
        in LearnedKernel().alt()
    )
