"""Chapter 2's numbers that no cell prints, worked out anew; and those that its text repeats from its cells."""

import math
import re

import pytest
import torch
from results import ROOT, printed
from torch.nn import functional as F

from segbook import losses, metrics
from segbook.data import cell_scene, toy_scene, views
from segbook.widgets import Imbalance, ScoreAndLoss

TEXT = (ROOT / "book/02_problem_definition.md").read_text("utf-8")
PRINTED = printed("02_problem_definition")
BRIGHTNESS = torch.tensor([[0.0, 1, 3, 0], [0, 1, 3, 0], [0, 0, 0, 0]], dtype=torch.float64)
LABELS = torch.tensor([[[0, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0]]])

LOG_3 = math.log(3)


def says(*words):
    for some in words:
        assert some in TEXT, some


def network(weight=LOG_3, bias=0.0):
    """The small map's logits: those of background are log 9."""
    cell = weight * BRIGHTNESS + bias
    return torch.stack([torch.full_like(cell, math.log(9)), cell])[None]


def truth():
    cells = cell_scene(128, seed=10, num_cells=4, radius=8.0)
    return views.semantic_labels(cells.instances, cells.classes)


def test_the_small_map_is_scored_by_hand_as_by_the_package():
    says("Two pixels are found, two are missed, and none is a false alarm: the IoU of the cell is 2/4 = 0.5.")
    confusion = metrics.confusion_matrix(network().argmax(1), LABELS, num_classes=2)
    assert confusion.tolist() == [[8, 0], [2, 2]]
    assert metrics.iou(confusion).tolist() == [0.8, 0.5]
    says("for the cell of the small map it is 2/3")
    assert metrics.dice(confusion)[1].item() == pytest.approx(2 / 3)


def test_three_classes_are_scored_by_hand_as_by_the_package():
    drawn = re.search(r"^truth     prediction\n((?:[.\d]{4} +[.\d]{4}\n)+)", TEXT, re.MULTILINE)[1].replace(".", "0")
    said, true = (
        torch.tensor([[int(digit) for digit in line.split()[side]] for line in drawn.splitlines()]) for side in (1, 0)
    )
    confusion = metrics.confusion_matrix(said, true, num_classes=3)
    rows = re.findall(r"^\| \d (?:background|disc|square) \| (.*) \| (\d)/(\d) \|$", TEXT, re.MULTILINE)
    assert [[int(n) for n in re.findall(r"\d", counts)] for counts, *_ in rows] == confusion.tolist()
    shares = [int(found) / int(all_three) for _, found, all_three in rows]
    assert metrics.iou(confusion).tolist() == pytest.approx(shares)
    printed_ious = re.search(r"IoU of the three classes: (.*)", PRINTED)[1]
    assert re.findall(r"[\d.]+", printed_ious) == [f"{share:.2f}" for share in shares]
    assert confusion[2, 1] == 1  # the pixel of the square that is called disc


def test_as_the_disc_shrinks_accuracies_rise_and_only_the_ious_of_the_coin_falls():
    says(
        "all three accuracies approach 1. The IoU of the coin falls towards 0; those of the other two stay at 0 and 0.5"
    )
    for predictor, ends in (("nothing", 0), ("twice", 0.5), ("coin", 0)):
        accuracies, ious, _ = zip(
            *(Imbalance(share=q, predictor=predictor).expected() for q in (20, 5, 1, 0.1)), strict=True
        )
        assert list(accuracies) == sorted(accuracies)
        assert accuracies[-1] > 0.99
        assert ious[-1] == pytest.approx(ends, abs=0.001)
        assert (len({round(iou, 6) for iou in ious}) == 1) == (predictor != "coin")


def test_with_the_weight_alone_it_takes_8_steps():
    says("it takes 8 steps, not 3, until the IoU is on the top stair.")
    ious = [ScoreAndLoss(step=step).iou() for step in range(10)]
    assert ious.index(1) == 8


def test_ious_of_1_and_0_have_the_mean_of_two_halves_and_not_their_mean_dice():
    says("the mean Dice is ½ for the first pair and ⅔ for the second")

    def dice(iou):
        return 2 * iou / (1 + iou)

    assert (dice(1) + dice(0)) / 2 == 0.5
    assert dice(0.5) == pytest.approx(2 / 3)


def test_probability_and_losses_of_the_small_map():
    says("\\approx 0.015", "0.105 at each of 8 pixels, 1.386 at the two dim ones and 0.288 at the two bright ones")
    each = F.cross_entropy(network(), LABELS, reduction="none")[0]
    assert [round(each[0, column].item(), 3) for column in range(3)] == [0.105, 1.386, 0.288]
    assert math.exp(-each.sum()) == pytest.approx(0.015, abs=0.0005)
    says("The sum is 4.191, and two thirds of it comes from")
    assert each.sum().item() == pytest.approx(4.191, abs=0.0005)
    assert (each[0, 1] + each[1, 1]).item() / each.sum().item() == pytest.approx(2 / 3, abs=0.01)


def test_a_product_of_4096_factors_underflows_and_its_logarithm_does_not():
    says(
        "For an image of 64 × 64 pixels, even factors of 0.9 give about $10^{-187}$",
        "`float32` rounds everything below $10^{-46}$ to 0",
    )
    assert round(4096 * math.log10(0.9)) == -187
    assert torch.tensor([1e-46, 1e-45]).gt(0).tolist() == [False, True]
    good = torch.full((64, 64), 0.9)
    assert good.prod() == 0
    assert good.log().sum().item() == pytest.approx(4096 * math.log(0.9), rel=1e-5)


def test_the_table_of_derivatives_is_autograds():
    says("| −2 · 0.75 · 1 | −2 · 0.25 · 3 | −3.0 | −0.25 |", "| 8 · 0.1 | −2 · 0.75 | −2 · 0.25 | −1.2 | −0.10 |")
    weight, bias = (torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in (math.log(3), 0.0))
    losses.cross_entropy(network(weight, bias), LABELS, reduction="sum").backward()
    assert (weight.grad.item(), bias.grad.item()) == pytest.approx((-3.0, -1.2))
    assert (weight.grad.item() / 12, bias.grad.item() / 12) == pytest.approx((-0.25, -0.1))


def test_the_first_step_closes_070_of_the_gap_and_the_second_ends_just_below_one_half():
    says("= 1.10$", "the gap shrinks by 0.70, to 0.40", "leaves a gap of 0.40", "ends at $p = 0.48$, just below ½")
    assert math.log(9) - math.log(3) == pytest.approx(1.10, abs=0.005)
    weight, bias = (torch.tensor(value).log().reshape(1, 2, 1, 1) for value in ([1.0, 3.0], [9.0, 1.0]))
    gaps, hot = [], F.one_hot(LABELS, 2).permute(0, 3, 1, 2)
    for _ in range(4):
        logits = weight * BRIGHTNESS + bias
        gaps.append((logits[0, 0, 0, 1] - logits[0, 1, 0, 1]).item())
        push = (logits.softmax(1) - hot) / 12
        weight = weight - (push * BRIGHTNESS).sum((2, 3), keepdim=True)
        bias = bias - push.sum((2, 3), keepdim=True)
    assert gaps[:2] == pytest.approx([1.10, 0.40], abs=0.005)
    assert 1 / (1 + math.exp(gaps[2])) == pytest.approx(0.48, abs=0.005)
    assert gaps[2] > 0 > gaps[3]


def test_small_discs_lose_more_iou_as_the_finding_and_the_table_say():
    away = (torch.arange(-66, 67) ** 2)[:, None].add(torch.arange(-66, 67) ** 2).sqrt()
    areas = [(away <= radius).sum().item() for radius in range(66)]
    says("0.72 at radius 5, 0.97 at radius 60", "radius 60 still has 0.85, that of radius 5 has 0.26")
    assert [round(areas[r] / areas[r + 1], 2) for r in (5, 60)] == [0.72, 0.97]
    assert [round(areas[r] / areas[r + 5], 2) for r in (60, 5)] == [0.85, 0.26]


def pulls(p):
    """Of background, divided by those of cells: the formulas of the chapter, and autograd."""
    labels = truth().double()
    few, many = labels.sum().item(), (1 - labels).sum().item()
    lead = torch.full(labels.shape, p, dtype=torch.float64).logit().requires_grad_()
    q = lead.sigmoid()
    soft = (q * labels).sum() / (q + labels - q * labels).sum()
    for loss, formula in (
        (F.binary_cross_entropy(q, labels), many * p / (few * (1 - p))),
        (1 - soft, many * p / (few + many * p)),
    ):
        (pull,) = torch.autograd.grad(loss, lead, retain_graph=True)
        yield (pull[labels == 0].sum() / -pull[labels == 1].sum()).item(), formula


@pytest.mark.parametrize("p", [0.01, 0.05, 0.2, 0.5, 0.99])
def test_the_pulls_are_those_of_the_formulas_and_cells_always_win_in_the_soft_iou(p):
    says(r"\frac{N_0\,p}{N_1 + N_0\,p}", "which is less than 1 for every $p$")
    (entropy, formula), (soft, soft_formula) = pulls(p)
    assert entropy == pytest.approx(formula)
    assert soft == pytest.approx(soft_formula)
    assert soft < 1
    assert (entropy > 1) == (p > 0.04999)  # the true share is 0.049988


def test_at_the_true_share_the_pulls_are_equal_in_the_cross_entropy_and_not_in_the_soft_iou():
    says(
        "the two pulls are equal at the true share of cell, 0.05",
        "16{,}384\\,p - 819 = 0$",
        "a bias alone would come to rest at the share of cell, $p = 0.05$",
        "for instance 0.49 at $p = 0.05$",
    )
    (entropy, _), (soft, _) = pulls(0.05)
    assert entropy == pytest.approx(1, abs=0.005)
    assert soft == pytest.approx(0.49, abs=0.005)


def test_an_undecided_network_descends_to_the_share_or_to_cell_everywhere():
    """The control of what the pulls say: one logit for all pixels, trained under each of the two losses."""
    share = truth().double().mean().item()
    ends = {}
    for name, rate in (("cross entropy", 5), ("soft IoU", 100)):
        lead = torch.zeros((), dtype=torch.float64, requires_grad=True)
        for _ in range(3000):
            p = lead.sigmoid()
            if name == "soft IoU":
                loss = 1 - p * share / (p + share - p * share)
            else:
                loss = -share * p.log() - (1 - share) * (1 - p).log()
            (slope,) = torch.autograd.grad(loss, lead)
            lead = (lead - rate * slope).detach().requires_grad_()
        ends[name] = lead.sigmoid().item()
    assert ends["cross entropy"] == pytest.approx(share, abs=1e-4)
    assert ends["soft IoU"] > 0.99


def test_the_threshold_that_training_lowers():
    says("training lowers: to 0.48 after 300 steps, and to 0.30 after 2,000.")
    image = cell_scene(128, seed=10, num_cells=4, radius=8.0).image.reshape(-1, 1)
    layer = torch.nn.Linear(1, 2)  # for each pixel, as the chapter's convolution of 1 × 1
    for parameter in layer.parameters():
        torch.nn.init.zeros_(parameter)
    optimizer = torch.optim.SGD(layer.parameters(), lr=1.0)
    thresholds, target = {}, truth().flatten()
    for step in range(2001):
        if step in (300, 2000):  # where both classes have one logit
            weight, bias = (parameter.detach().flatten() for parameter in layer.parameters())
            thresholds[step] = ((bias[0] - bias[1]) / (weight[1] - weight[0])).item()
        optimizer.zero_grad()
        F.cross_entropy(layer(image), target).backward()
        optimizer.step()
    assert thresholds == {300: pytest.approx(0.48, abs=0.005), 2000: pytest.approx(0.30, abs=0.005)}


def test_one_p_for_all_pixels_of_the_dish_has_a_small_loss_and_no_cell():
    says("0.95 \\log 0.95 \\approx 0.2$, and no other $p$ for all pixels has less", "so the loss is below 0.2")
    share = truth().double().mean()
    assert -(share * share.log() + (1 - share) * (1 - share).log()).item() == pytest.approx(0.198, abs=0.0005)
    ends = [
        F.cross_entropy(torch.tensor([1 - p, p]).log().expand(128 * 128, 2), truth().flatten()) for p in (0.04, 0.06)
    ]
    at_share = F.cross_entropy(torch.tensor([0.95, 0.05]).log().expand(128 * 128, 2), truth().flatten())
    assert at_share < min(ends)


def first_cell_on_the_dish():
    """Train as the chapter does until a pixel is called cell."""
    cells, y = cell_scene(128, seed=10, num_cells=4, radius=8.0), truth()
    layer = torch.nn.Conv2d(1, 2, 1)
    torch.nn.init.zeros_(layer.weight), torch.nn.init.zeros_(layer.bias)
    optimizer, step = torch.optim.SGD(layer.parameters(), lr=1.0), 0
    while not (logits := layer(cells.image[None, None])).argmax(1).any():
        optimizer.zero_grad()
        F.cross_entropy(logits, y[None]).backward()
        optimizer.step()
        step += 1
    return step


def test_the_loss_passes_the_empty_answer_and_leaves_it():
    dish = re.findall(
        r"^steps +(\d+): loss ([\d.]+), largest p of cell ([\d.]+), IoU of the cells ([\d.]+)$", PRINTED, re.MULTILINE
    )
    found = {int(step): (float(loss), float(p), float(iou)) for step, loss, p, iou in dish}
    says("After 100 steps the loss has fallen from 0.693 to 0.142")
    says(
        "dish: after 100 steps loss 0.142, IoU of the cells 0; after 2,000 IoU 0.88",
    )
    assert found[0][0] == pytest.approx(math.log(2), abs=0.0005)
    assert found[100][::2] == (0.142, 0)
    says("stays at the empty answer for more than 100 steps, then leaves it")
    assert all(iou == 0 for step, (_, _, iou) in found.items() if step <= 100)
    says("The IoU rises only after about 130 steps, when the first pixel is above ½")
    assert 125 < first_cell_on_the_dish() < 135
    says("the largest $p$ of all pixels is 0.35. After 300 steps many are above ½")
    assert (found[0][1], found[100][1]) == (0.5, 0.35)
    assert (found[20][1], found[300][1]) == (0.08, 0.93)
    assert found[300][2] > 0.25
    assert (found[500][2], found[2000][2]) == (0.61, 0.88)
    cells = cell_scene(128, seed=10, num_cells=4, radius=8.0)  # the reason: without brightness the weights stand still
    assert cells.image[truth() == 1].mean() > 4 * cells.image[truth() == 0].mean()


def test_bright_cells_are_found_before_the_dim_one_and_some_background_outshines_the_rims():
    says("So the three bright cells come first, the dim one later.", "because some background is brighter")
    dish = cell_scene(128, seed=10, num_cells=4, radius=8.0)
    bright, ids = dish.image, dish.instances
    one, *three = sorted((bright[ids == cell] for cell in range(1, 5)), key=torch.mean)
    assert all(other.mean() > 1.25 * one.mean() for other in three)
    for threshold in torch.linspace(0.2, 0.5, 31):  # whatever the threshold: the dim cell has the least above it
        assert all((other > threshold).float().mean() > (one > threshold).float().mean() for other in three)
    assert all(bright[ids == cell].min() < bright[ids == 0].max() for cell in range(1, 5))


def test_a_perfect_answer_can_have_a_larger_loss_than_the_first_network():
    says(
        "If at every pixel the true class had $p = 0.51$",
        "its loss would be 0.67",
        "with an IoU of ½, has a lower loss, 0.35",
    )
    assert -math.log(0.51) == pytest.approx(0.67, abs=0.005)
    assert F.cross_entropy(network(), LABELS).item() == pytest.approx(0.35, abs=0.005)


def three_costs(p):
    return {"1 − p": 1 - p, "(1 − p)²": (1 - p) ** 2, "−log p": -p.log()}


def test_the_three_costs_are_printed_and_only_the_logarithm_grows_on():
    some = torch.tensor([0.9, 0.5, 0.1, 0.01], dtype=torch.float64)
    for name, values in three_costs(some).items():
        shown = re.search(rf"^{re.escape(name)} +(.*)$", PRINTED, re.MULTILINE)[1].split()
        assert shown == [f"{value:.3f}" for value in values]
    says("is 0.105 at p = 0.9, 0.693 at 0.5 and 2.303 at 0.1", 'data-answer="4.605"', "2.303 is added")
    assert -math.log(0.01) == pytest.approx(4.605, abs=0.0005)
    assert -math.log(0.01) + math.log(0.1) == pytest.approx(2.303, abs=0.0005)


def test_the_three_costs_push_the_true_logit_of_a_confident_error_as_the_text_says():
    says(
        "| $-p'/p = p - 1$ | −0.99 |",
        "| $-p' = -p\\,(1 - p)$ | −0.0099 |",
        "| $-2\\,(1 - p)\\,p' = -2p\\,(1 - p)^2$ | −0.0196 |",
    )
    found = {}
    for name in three_costs(torch.tensor(0.5)):
        logit = torch.tensor(0.01, dtype=torch.float64).logit().requires_grad_()
        three_costs(logit.sigmoid())[name].backward()
        found[name] = logit.grad.item()
    assert found == pytest.approx({"1 − p": -0.0099, "(1 − p)²": -0.0196, "−log p": -0.99}, abs=5e-5)
    assert found["−log p"] / found["1 − p"] == pytest.approx(100)


def test_the_empty_answer_hides_a_0_in_its_mean_iou():
    says("is (0.95 + 0)/2 = 0.475", "With nineteen classes at 0.9 and one at 0 it is 0.855")
    assert sum([0.9] * 19 + [0]) / 20 == pytest.approx(0.855)
    lazy = metrics.confusion_matrix(torch.zeros_like(truth()), truth(), num_classes=2)
    assert metrics.mean_iou(lazy) == pytest.approx(0.475, abs=0.0005)


def test_one_false_alarm_pulls_the_mean_down_and_the_sum_hardly():
    says("an image of 10,000 pixels with one false alarm", "falls from 0.5 to 0.333", "at 900/(900 + 100 + 1)")
    says("The mean of the two IoUs is 0.5", "the IoU is 900/(900 + 100 + 0) = 0.9")
    three = torch.tensor([[[9100, 0], [0, 900]], [[9900, 0], [100, 0]], [[9999, 1], [0, 0]]])
    each = [metrics.iou(table)[1].item() for table in three]
    assert (sum(each[:2]) / 2, sum(each) / 3) == pytest.approx((0.5, 0.333), abs=0.0005)
    assert metrics.iou(three[:2].sum(0))[1].item() == pytest.approx(0.9)
    together = metrics.iou(three.sum(0))[1].item()
    assert together == pytest.approx(900 / (900 + 100 + 1))
    assert together == pytest.approx(0.9, abs=0.001)
    assert metrics.iou(torch.tensor([[10000, 0], [0, 0]]))[1].isnan()


def test_the_log_that_the_answer_names_is_that_of_the_wrong_axis():
    question = TEXT.partition('id="predict-logs"')[2].partition("</details>")[0]
    answer = re.search('data-answer="(.)"', question)[1]
    assert question.partition("</summary>")[2].strip().startswith(f"{answer}. ")
    first = re.search(rf"^\| {answer} \| (\S+)", TEXT, re.MULTILINE)[1]
    assert float(first) == pytest.approx(math.log(64), abs=0.0005)


def test_the_four_rows_are_those_that_the_cells_print():
    shown = re.search(r"\| step \|.*?\n\n", TEXT, re.DOTALL)[0].splitlines()[2:-1]
    logs = {name: numbers for name, *numbers in (line.strip("| ").split(" | ") for line in shown)}
    mistakes = {"right": "right", "A": "softmax twice", "B": "log of softmax", "C": "wrong axis"}
    for letter, mistake in mistakes.items():
        assert re.search(rf"^{mistake} +(.*)$", PRINTED, re.MULTILINE)[1].split() == logs[letter]
    assert math.log(64) == pytest.approx(float(logs["C"][0]), abs=0.0005)
    assert math.log(4) == pytest.approx(float(logs["A"][0]), abs=0.0005)


def test_with_large_pixels_cross_entropy_stays_finite():
    says("with the same pixels, `cross_entropy` stays finite.")
    scene = toy_scene(64, seed=4, num_objects=3, radius=12.0)
    images, labels = 255 * scene.image[None], views.semantic_labels(scene.instances, scene.classes)[None]
    layer = torch.nn.Conv2d(3, 4, kernel_size=1)
    torch.nn.init.zeros_(layer.weight), torch.nn.init.zeros_(layer.bias)
    optimizer, losses = torch.optim.SGD(layer.parameters(), lr=1.0), []
    for _ in range(51):
        loss = F.cross_entropy(layer(images), labels)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert all(map(math.isfinite, losses))
    assert max(losses) > 1000  # a step far too long
    assert losses[-1] < 0.1


def test_a_perfect_answer_after_two_softmaxes_has_the_loss_that_the_reason_says():
    says("$\\log(e + 3) - 1 = 0.744$")
    loss = F.cross_entropy(torch.tensor([[1.0, 0, 0, 0]]), torch.tensor([0])).item()
    assert loss == pytest.approx(math.log(math.e + 3) - 1)
    assert loss == pytest.approx(0.744, abs=0.0005)


def test_where_exponentials_leave_float32():
    says("above about $e^{88.7}$", "below about $e^{-104}$")
    assert torch.tensor([88.7, 88.8, -103.0, -104.0]).exp().isinf().tolist() == [False, True, False, False]
    assert (torch.tensor([-103.0, -104.0]).exp() == 0).tolist() == [False, True]


def test_sums_of_twelve_and_of_192_pixels_differ_16_times_at_a_weight_and_not_at_a_logit():
    says("16 times too large for the sum over 192, 16 times as many, while that of the mean can stay")
    found = {}
    for copies in (1, 4):
        weight = torch.tensor(math.log(3), dtype=torch.float64, requires_grad=True)
        cell = weight * BRIGHTNESS.repeat(copies, copies)
        logits = torch.stack([torch.full_like(cell, math.log(9)), cell])[None]
        for reduction in ("sum", "mean"):
            loss = F.cross_entropy(logits, LABELS.repeat(1, copies, copies), reduction=reduction)
            found[copies, reduction] = torch.autograd.grad(loss, (logits, weight), retain_graph=True)
    for reduction, at_logit, at_weight in (("sum", 1, 16), ("mean", 1 / 16, 1)):
        (one, shared), (large, all_shared) = found[1, reduction], found[4, reduction]
        assert (large.abs().max() / one.abs().max()).item() == pytest.approx(at_logit)
        assert (all_shared / shared).item() == pytest.approx(at_weight)


def test_the_closing_table_repeats_what_the_cells_print():
    says("IoU of the cell ½ for two steps, loss from 0.349 to 0.217")
    by_hand = re.findall(r"^step \d: .* loss ([\d.]+), .* IoU of the cell ([\d.]+)$", PRINTED, re.MULTILINE)
    assert by_hand[:4] == [("0.349", "0.50"), ("0.247", "0.50"), ("0.217", "0.50"), ("0.198", "1.00")]


def test_the_answers_at_the_end():
    total = 99 * 0.01 + 5
    assert total == pytest.approx(5.99)
    assert round(5 / total, 2) == 0.83
    says("the mean 0.0599: one pixel makes up 83 % of the loss", "-0.010$", "-0.993$", "\\log 100 \\approx 4.6")
    assert [round(math.exp(-loss) - 1, 3) for loss in (0.01, 5)] == [-0.010, -0.993]
    assert math.log(100) == pytest.approx(4.6, abs=0.01)
    assert math.log1p(math.exp(-4.6)) == pytest.approx(0.01, abs=0.0002)
