"""Losses against the notes' formulas in plain loops, and against torch wherever torch has them."""

import math
import re
from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from segbook import losses, ops
from segbook.losses import REDUCTIONS, cross_entropy, soft_dice_loss

SHAPES = st.tuples(st.integers(1, 2), st.integers(1, 4), st.integers(1, 3), st.integers(1, 3))


@st.composite
def scenes(draw):
    """Logits, labels of which some are ignored, weights, and the ignored label (which may be a class's index)."""
    batch, num_classes, height, width = draw(SHAPES)
    ignore_index = draw(st.sampled_from([-100, 255, 0]))
    choices = st.sampled_from([ignore_index, *range(num_classes)])
    labels = torch.tensor([draw(choices) for _ in range(batch * height * width)]).reshape(batch, height, width)
    generator = torch.Generator().manual_seed(draw(st.integers(0, 99)))
    logits = 3 * torch.randn(batch, num_classes, height, width, generator=generator, dtype=torch.float64)
    weight_map = 5 * torch.rand(labels.shape, generator=generator, dtype=torch.float64)
    return logits, labels, weight_map, ignore_index


def by_loops(logits, labels, weight_map, ignore_index):
    """The sum of the notes, the number of pixels and the sum of the weights, from Python's own numbers."""
    total, pixels, weights = 0.0, 0, 0.0
    for n, row, column in product(*map(range, labels.shape)):
        label = labels[n, row, column].item()
        if label != ignore_index:
            a, w = logits[n, :, row, column].tolist(), weight_map[n, row, column].item()
            total -= w * math.log(math.exp(a[label]) / sum(map(math.exp, a)))
            pixels, weights = pixels + 1, weights + w
    return total, pixels, weights


def test_reductions_are_three_and_two_of_them_are_torchs():
    assert REDUCTIONS == ("sum", "pixel_mean", "weight_mean")


@settings(deadline=None, max_examples=60)
@given(scenes())
def test_cross_entropy_is_the_notes_sum_and_its_two_means(scene):
    logits, labels, weight_map, ignore_index = scene
    total, pixels, weights = by_loops(*scene)
    arguments = {"ignore_index": ignore_index}
    ours = {r: cross_entropy(logits, labels, weight_map, reduction=r, **arguments).item() for r in REDUCTIONS}
    assert ours["sum"] == pytest.approx(total, abs=1e-9)
    assert ours["pixel_mean"] == pytest.approx(total / pixels if pixels else math.nan, nan_ok=True)
    assert ours["weight_mean"] == pytest.approx(total / weights if weights else math.nan, nan_ok=True)
    assert ours["sum"] == pytest.approx(
        ops.pixel_cross_entropy(logits, labels, weight_map, **arguments).item(), abs=1e-9
    )


@settings(deadline=None, max_examples=40)
@given(scenes())
def test_without_weights_cross_entropy_is_torchs(scene):
    logits, labels, _, ignore_index = scene
    for reduction, torchs in (("sum", "sum"), ("pixel_mean", "mean"), ("weight_mean", "mean")):
        expected = F.cross_entropy(logits, labels, reduction=torchs, ignore_index=ignore_index)
        ours = cross_entropy(logits, labels, reduction=reduction, ignore_index=ignore_index)
        torch.testing.assert_close(ours, expected, equal_nan=True)


@settings(deadline=None, max_examples=40)
@given(scenes())
def test_class_weights_through_the_weight_map_are_torchs_weight(scene):
    logits, labels, _, ignore_index = scene
    class_weights = torch.arange(1.0, 1 + logits.shape[1], dtype=torch.float64)
    weight_map = class_weights[labels.where(labels != ignore_index, 0)]
    for reduction, torchs in (("sum", "sum"), ("weight_mean", "mean")):
        expected = F.cross_entropy(logits, labels, class_weights, reduction=torchs, ignore_index=ignore_index)
        ours = cross_entropy(logits, labels, weight_map, reduction=reduction, ignore_index=ignore_index)
        torch.testing.assert_close(ours, expected, equal_nan=True)


def test_doubling_all_weights_doubles_two_reductions_and_leaves_torchs_alone():
    logits, labels, weight_map = torch.randn(1, 2, 2, 2), torch.tensor([[[0, 1], [1, 1]]]), torch.rand(1, 2, 2) + 0.1
    for reduction, factor in (("sum", 2), ("pixel_mean", 2), ("weight_mean", 1)):
        once = cross_entropy(logits, labels, weight_map, reduction=reduction)
        twice = cross_entropy(logits, labels, 2 * weight_map, reduction=reduction)
        torch.testing.assert_close(twice, factor * once)


def test_the_reduction_has_to_be_said():
    with pytest.raises(TypeError, match="reduction"):
        cross_entropy(torch.zeros(1, 2, 1, 1), torch.zeros(1, 1, 1, dtype=torch.int64))


def test_classes_count_from_1_on_paper_and_from_0_in_code():
    logits, on_paper = torch.randn(1, 3, 2, 2, dtype=torch.float64), torch.tensor([[[1, 2], [3, 3]]])
    probs = {k: logits.softmax(1)[0, k - 1] for k in (1, 2, 3)}
    total = -sum(math.log(probs[on_paper[0, i, j].item()][i, j]) for i, j in product((0, 1), repeat=2))
    assert cross_entropy(logits, on_paper - 1, reduction="sum").item() == pytest.approx(total)
    with pytest.raises(ValueError, match=r"labels hold 3 at \[0, 1, 0\], which is none of 3 classes \(0 … 2\)"):
        cross_entropy(logits, on_paper, reduction="sum")


def dice_by_loops(logits, labels, ignore_index):
    probs, scores = ops.softmax(logits), []
    for k in range(logits.shape[1]):
        overlap = predicted = true = 0.0
        for n, row, column in product(*map(range, labels.shape)):
            if (label := labels[n, row, column].item()) != ignore_index:
                p = probs[n, k, row, column].item()
                overlap, predicted, true = overlap + p * (label == k), predicted + p, true + (label == k)
        if true:
            scores.append(2 * overlap / (predicted + true))
    return 1 - sum(scores) / len(scores) if scores else math.nan


@settings(deadline=None, max_examples=60)
@given(scenes())
def test_soft_dice_loss_is_its_formula(scene):
    logits, labels, _, ignore_index = scene
    expected = dice_by_loops(logits, labels, ignore_index)
    assert soft_dice_loss(logits, labels, ignore_index=ignore_index).item() == pytest.approx(expected, nan_ok=True)


def test_soft_dice_loss_of_certain_predictions_is_one_minus_torchmetrics_dice():
    from torchmetrics.functional.segmentation import dice_score

    generator = torch.Generator().manual_seed(0)
    labels, preds = torch.randint(3, (2, 6, 7), generator=generator), torch.randint(3, (2, 6, 7), generator=generator)
    logits = 1e4 * F.one_hot(preds, 3).movedim(-1, 1).float()
    expected = dice_score(
        preds.reshape(1, -1), labels.reshape(1, -1), num_classes=3, average="macro", input_format="index"
    )
    torch.testing.assert_close(1 - soft_dice_loss(logits, labels), expected.mean())


def test_a_class_absent_from_the_labels_does_not_move_the_dice_loss():
    logits, labels = torch.randn(1, 2, 3, 3), torch.randint(2, (1, 3, 3))
    logits = torch.cat([logits, torch.full((1, 1, 3, 3), -1e4)], dim=1)
    torch.testing.assert_close(soft_dice_loss(logits, labels), soft_dice_loss(logits[:, :2], labels))


LOSSES = {
    "sum": lambda *arguments: cross_entropy(*arguments, reduction="sum"),
    "pixel_mean": lambda *arguments: cross_entropy(*arguments, reduction="pixel_mean"),
    "weight_mean": lambda *arguments: cross_entropy(*arguments, reduction="weight_mean"),
    "dice": lambda logits, labels, weight_map: soft_dice_loss(logits, labels),
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_gradients_are_right_and_ignored_pixels_have_none(loss):
    logits = torch.randn(2, 3, 2, 2, dtype=torch.float64, requires_grad=True)
    labels = torch.tensor([[[0, 2], [1, -100]], [[1, 1], [-100, 0]]])
    weight_map = torch.rand(2, 2, 2, dtype=torch.float64) + 0.5
    assert torch.autograd.gradcheck(lambda x: loss(x, labels, weight_map), (logits,))
    (gradient,) = torch.autograd.grad(loss(logits, labels, weight_map), logits)
    assert ((gradient != 0).any(1) == (labels != -100)).all()


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_logits_of_ten_thousand_are_finite_and_right_in_every_format(loss, dtype):
    generator = torch.Generator().manual_seed(3)
    logits = (2e4 * torch.rand(1, 3, 40, 40, generator=generator) - 1e4).to(dtype)
    logits[0, :, 0, 0] = torch.tensor([1e4, -1e4, -1e4])
    labels = torch.randint(3, (1, 40, 40), generator=generator)
    weight_map = 10 * torch.rand(1, 40, 40, generator=generator)
    logits.requires_grad_()
    value = loss(logits, labels, weight_map)
    value.backward()
    assert value.dtype == torch.float32
    assert logits.grad.isfinite().all()
    exact = loss(logits.detach().double(), labels, weight_map.double())
    torch.testing.assert_close(value.detach().double(), exact, rtol=1e-5, atol=0)


def test_half_precision_losses_are_summed_in_float32():
    logits, labels = torch.zeros(1, 2, 400, 400, dtype=torch.float16), torch.zeros(1, 400, 400, dtype=torch.int64)
    value = cross_entropy(logits, labels, torch.ones(1, 400, 400, dtype=torch.float16), reduction="weight_mean")
    assert value.item() == pytest.approx(math.log(2), rel=1e-6)  # 160,000 weights would be inf in float16
    assert cross_entropy(logits, labels, reduction="sum").item() == pytest.approx(160_000 * math.log(2), rel=1e-6)
    assert soft_dice_loss(logits, labels).item() == pytest.approx(1 / 3, rel=1e-6)


def test_a_float64_weight_map_leaves_a_float32_loss_in_float32():
    logits, labels = torch.zeros(1, 2, 1, 1), torch.zeros(1, 1, 1, dtype=torch.int64)
    weight_map = torch.ones(1, 1, 1, dtype=torch.float64)
    assert cross_entropy(logits, labels, weight_map, reduction="sum").dtype == torch.float32


def test_the_weight_of_an_ignored_pixel_is_not_read():
    logits, labels = torch.zeros(1, 2, 1, 2), torch.tensor([[[1, 255]]])
    for rubbish in (math.nan, math.inf, -7.0):
        weight_map = torch.tensor([[[2.0, rubbish]]])
        values = [cross_entropy(logits, labels, weight_map, reduction=r, ignore_index=255).item() for r in REDUCTIONS]
        assert values == pytest.approx([2 * math.log(2), 2 * math.log(2), math.log(2)])


def test_where_no_pixel_counts_the_sum_is_zero_and_the_means_are_nan_as_in_torch():
    logits, labels = torch.zeros(1, 2, 1, 1, requires_grad=True), torch.full((1, 1, 1), -100)
    total = cross_entropy(logits, labels, reduction="sum")
    total.backward()
    assert total.item() == 0
    assert (logits.grad == 0).all()
    assert F.cross_entropy(logits, labels).isnan()
    assert cross_entropy(logits, labels, reduction="pixel_mean").isnan()
    assert cross_entropy(logits, labels, reduction="weight_mean").isnan()
    assert soft_dice_loss(logits, labels).isnan()


@pytest.mark.parametrize(
    ("call", "shows"),
    [
        (lambda x, y: cross_entropy(x, y, reduction="mean"), "one of sum, pixel_mean, weight_mean: got 'mean'"),
        (
            lambda x, y: cross_entropy(x, y + 2, reduction="sum"),
            r"labels hold 2 at \[0, 0, 0\], which is none of 2 classes \(0 … 1\)",
        ),
        (
            lambda x, y: cross_entropy(x, y - 1, reduction="sum"),
            "labels hold -1 at .* none of 2 classes .* ignore_index -100",
        ),
        (
            lambda x, y: cross_entropy(torch.zeros(1, 3, 1, 2), torch.tensor([[[7, 9]]]), reduction="sum"),
            r"labels hold 7 at \[0, 0, 0\], which is none of 3 classes \(0 … 2\)",  # the first that is wrong; 1 and 2 are sides, not classes
        ),
        (
            lambda x, y: soft_dice_loss(x, y + 255, ignore_index=-1),
            "labels hold 255 at .* none of 2 classes .* ignore_index -1",
        ),
    ],
)
def test_bad_input_raises_and_shows_both_numbers(call, shows):
    with pytest.raises(ValueError, match=re.compile(shows)):
        call(torch.zeros(1, 2, 2, 2), torch.zeros(1, 2, 2, dtype=torch.int64))


def test_losses_are_all_that_the_module_offers():
    public = [name for name, value in vars(losses).items() if getattr(value, "__module__", "") == "segbook.losses"]
    assert [name for name in public if not name.startswith("_")] == ["cross_entropy", "soft_dice_loss"]
