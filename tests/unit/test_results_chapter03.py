"""What chapter 3 says of two pixels, of the size of a patch and of its cost is what was measured and what follows."""

import json
import re
import sys
from fractions import Fraction
from statistics import mean

import pytest
import torch
from ranges import values
from results import ROOT, printed
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from segbook import data
from segbook.models import PatchClassifier
from segbook.widgets import PatchCost

sys.path.append(str(ROOT / "benchmarks"))
import patch_size

CHAPTER = (ROOT / "book/03_patches.md").read_text("utf-8")
ROWS = json.loads((ROOT / "benchmarks/results/patch_size.json").read_text("utf-8"))["rows"]
GLOW, PLAIN = patch_size.GLOWS


def cell(words):
    """Find the one cell that has these words, without its front matter."""
    cells = re.findall(r"(?s)```\{code-cell\} ipython3\n(?:---\n.*?\n---\n|:tags:.*?\n\n)?(.*?)```", CHAPTER)
    (found,) = [one for one in cells if words in one]
    return found


def trained(kind, size, score="IoU"):
    """Look up a score of every seed."""
    return [row[score] for row in ROWS if (row.get("patches"), row.get("P")) == (kind, size)]


def known(answer, score="IoU"):
    """Look up the score of an answer that needs no network."""
    (found,) = [row[score] for row in ROWS if row["answer"] == answer]
    return found


def test_a_and_b_have_one_grey_value_and_different_labels():
    assert f"A, B = {patch_size.A}, {patch_size.B}  # row and column" in CHAPTER
    assert f'nuclei["test"][{patch_size.SHOWN}]' in CHAPTER
    image, labels, _ = data.nuclei("test", percentiles=(1, 99.8))[patch_size.SHOWN]
    assert image[0][patch_size.A] == image[0][patch_size.B]
    assert (labels[patch_size.A], labels[patch_size.B]) == (1, 0)
    reach = 20  # B is unmistakably background: no nucleus is near
    row, column = patch_size.B
    assert labels[row - reach :, column - reach : column + reach].sum() == 0


def test_the_figure_draws_the_record():
    names = {}
    exec(cell("on_all = {").partition("def curves")[0], names)
    for drawn, score in ((names["on_all"], "IoU"), (names["on_one"], "one image")):
        kinds = zip(drawn, (GLOW, PLAIN), strict=True)
        assert {kind: seeds for (_, seeds), kind in zip(drawn.items(), (GLOW, PLAIN), strict=True)} == {
            kind: [trained(kind, size, score) for size in names["sizes"]] for _, kind in kinds
        }
    assert list(names["otsu"].values()) == [known(patch_size.OTSU, score) for score in ("IoU", "one image")]
    assert names["sizes"] == list(patch_size.SIZES)


def test_the_text_has_the_means_of_the_record():
    def both(kind, size):
        return [f"{mean(trained(kind, size, score)):.2f}" for score in ("IoU", "one image")]

    otsu = [f"{known(patch_size.OTSU, score):.2f}" for score in ("IoU", "one image")]
    one, plain, glow = both(PLAIN, 1), both(PLAIN, 29), both(GLOW, 29)
    for said in (
        f"On all 18 test images together, Otsu's threshold has an IoU of {otsu[0]}.",
        f"1: a single pixel, with {one[0]}.",
        f"| Otsu's threshold | {' | '.join(otsu)} |",
        f"| $P = 1$, plain | {' | '.join(one)} |",
        f"| $P = 29$, plain | {' | '.join(plain)} |",
        f"| $P = 29$, glow | {' | '.join(glow)} |",
        f"IoU {one[1]}, {plain[1]} and {glow[1]} on our micrograph, {one[0]}, {plain[0]} and {glow[0]} on all test images",
    ):
        assert said in CHAPTER, said


def test_larger_patches_lose_without_a_glow_and_gain_with_one():
    means = {kind: [mean(trained(kind, size)) for size in patch_size.SIZES] for kind in (GLOW, PLAIN)}
    assert means[PLAIN] == sorted(means[PLAIN], reverse=True)
    assert means[GLOW] == sorted(means[GLOW])
    assert min(trained(PLAIN, 1)) > max(max(trained(PLAIN, size)) for size in (9, 17, 29))
    assert max(trained(GLOW, 17)) > min(trained(GLOW, 29))  # the seeds overlap


def test_a_and_b_are_labelled_as_the_chapter_says():
    assert {tuple(pair) for size in patch_size.SIZES for pair in trained(PLAIN, size, "A and B")} == {(1, 1)}
    assert {tuple(pair) for size in (17, 29) for pair in trained(GLOW, size, "A and B")} == {(1, 0)}
    assert all(len(trained(kind, size)) == 5 for kind in (GLOW, PLAIN) for size in patch_size.SIZES)
    assert {tuple(pair) for size in (1, 5, 9) for pair in trained(GLOW, size, "A and B")} == {(0, 0)}


def test_grey_values_nearly_give_the_training_labels_away():
    images, labels = patch_size.load("train")
    right = (patch_size.by_grey(images, labels, images) == labels).float().mean().item()
    assert f"labels {right:.0%} of the pixels correctly".replace("%", " %") in CHAPTER
    nothing = 1 - labels.float().mean().item()
    assert f"“background everywhere” would have {nothing:.0%}.".replace("%", " %") in CHAPTER
    text = printed("03_patches")
    assert f"best function of the grey value: {right:.0%} of the pixels right" in text
    assert f"background everywhere: {nothing:.0%}\n" in text


def test_a_single_pixel_with_a_glow_finds_only_the_brightest():
    assert "call only the brightest pixels nucleus, and miss most of the nuclei" in CHAPTER
    images, labels = patch_size.load("train")
    steps = (images[:, 0].clamp(0, 1) * 100).round().long()  # grey values in hundredths, then those with a glow
    counts = torch.bincount(steps.flatten() + 101 * labels.flatten(), minlength=202).reshape(2, 1, 101).double()
    glowing = nn.functional.conv1d(counts, torch.ones(1, 1, 51, dtype=torch.double), padding=50)[:, 0, :101]
    nucleus = glowing[1] > glowing[0]  # the best that a network can say of each grey value
    least = int(nucleus.nonzero()[0])
    assert least > 50
    assert nucleus[least:].all()
    images, labels = patch_size.load("test")
    assert (images[:, 0][labels == 1] * 100 >= least).double().mean() < 0.3
    assert max(trained(GLOW, 1)) < 0.2  # hardly any mistake the other way, so this is nearly the share that they find


def test_one_pass_is_as_much_cheaper_as_the_text_says():
    figure = PatchCost(**PatchCost.presets["the classifier of this chapter"])
    patches, one_pass = figure.multiply_adds()
    assert f"the ratio is {patches / one_pass:.0f} instead of 676, because near the border" in CHAPTER


def test_the_layers_that_the_chapter_writes_are_the_books():
    names = {"nn": nn}
    exec(cell("layers = nn.Sequential(").partition("patches, labels")[0], names)
    model, patches = PatchClassifier(1, 2, patch_size=29), torch.rand(3, 1, 29, 29)
    for mine, other in zip(names["layers"].parameters(), model.parameters(), strict=True):
        mine.data.copy_(other.data)
    torch.testing.assert_close(names["layers"](patches), model(patches), rtol=0, atol=0)


def test_one_patch_costs_what_torch_counts():
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        PatchClassifier(1, 2, patch_size=29)(torch.zeros(1, 1, 29, 29))
    assert f"{counter.get_total_flops() // 2:,}" == f"{patch_size.cost(29):,}" == "608,384"
    assert Fraction(patch_size.cost(17), patch_size.cost(29)) == pytest.approx(1 / 5, rel=0.02)


def test_what_is_left_without_repetition_is_said_as_printed():
    text = printed("03_patches")
    assert re.search(r"all +608,384 +30,080\n", text)
    assert "repeated: 95%; once is 20 times cheaper" in text
    for said in ("95 % of the work repeats", "only 20 times cheaper, not 676 times", "30,080 if none were repeated"):
        assert said in CHAPTER


def test_the_scores_of_the_part_are_said_as_printed():
    text = printed("03_patches")
    (threshold,), (network,) = (values(f"{name} IoU #", text) for name in ("threshold", "network  "))
    assert f"its IoU is {network:.2f}, that of the threshold {threshold:.2f}." in CHAPTER
    assert re.search(r"threshold IoU [\d.]+, A 1, B 1\nnetwork   IoU [\d.]+, A 1, B 0\n", text)


def test_a_training_costs_as_many_products_as_the_fold_says():
    training, labelling = 500 * 64 * 3 * patch_size.cost(29), 256**2 * patch_size.cost(29)
    assert f"{training:.1e}" == "5.8e+10"
    assert f"{labelling:.1e}" == "4.0e+10"
    assert training / labelling == pytest.approx(1.5, abs=0.05)


def test_patches_an_even_number_of_pixels_apart_share_features_of_the_second_convolution_and_others_do_not():
    torch.manual_seed(0)
    model, image = PatchClassifier(1, 2, patch_size=29).double(), torch.rand(1, 1, 29, 40, dtype=torch.double)

    def features(first):  # of the second convolution, for the patch that begins there
        x = image[..., first : first + 29]
        for number, conv in enumerate(model.encoder):
            x = conv(x) if number else nn.functional.max_pool2d(conv(x).relu(), 2)
        return x

    for moved in range(1, 8):
        shared = [
            torch.allclose(features(0)[..., n], features(moved)[..., n - moved // 2]) for n in range(moved // 2, 10)
        ]
        assert all(shared) if moved % 2 == 0 else not any(shared)
