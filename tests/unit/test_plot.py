"""Figures show, say what they show, stay small, and come out the same twice."""

import base64
import io

import numpy as np
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from PIL import Image

from segbook import palette, plot
from segbook.plot import canvas


@pytest.fixture(autouse=True)
def _shell():
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def shown(draw):
    with capture_output() as captured:
        assert draw() is None
    (output,) = captured.outputs
    return output


def test_a_figure_carries_its_sentence_as_text_and_as_alternative_text():
    output = shown(lambda: plot.show_matrix(np.eye(3), alt="The identity."))
    assert output.data["text/plain"] == "The identity."
    assert output.metadata["image/png"]["alt"] == "The identity."


def test_the_same_figure_gives_the_same_bytes():
    pictures = [
        shown(lambda: plot.show_matrix(np.arange(6.0).reshape(2, 3), alt="x")).data["image/png"] for _ in range(2)
    ]
    assert pictures[0] == pictures[1]


def test_a_figure_of_photographs_stays_under_60_kb():
    noise = np.random.default_rng(0).uniform(size=(3, 96, 96))
    output = shown(lambda: plot.compare(list(noise), ["a", "b", "c"], alt="Noise, the worst case."))
    assert len(base64.b64decode(output.data["image/png"])) < 60_000


def test_matrix_cells_are_coloured_by_sign_and_zeros_are_white():
    output = shown(lambda: plot.show_matrix(np.array([[2.0, 0.0, -2.0]]), alt="x"))
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))).convert("RGB")).astype(int)
    blueness = (pixels[..., 2] - pixels[..., 0]).reshape(-1)
    assert (blueness > 60).any()  # positive
    assert (blueness < -60).any()  # negative


def test_images_are_drawn_between_shared_limits():
    dark, bright = np.zeros((4, 4)), np.ones((4, 4))
    output = shown(lambda: plot.compare([dark, bright], ["dark", "bright"], alt="x"))
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))).convert("L"))
    assert (pixels[:, : pixels.shape[1] // 2] < 5).mean() > 0.3  # the dark one is black, not stretched


IMAGE = np.linspace(0, 1, 48 * 40).reshape(48, 40)
LABELS = np.zeros((48, 40), dtype=np.int64)
LABELS[10:20, 5:15], LABELS[25:40, 10:30] = 1, 2
NAMES = ["background", "cell", "debris"]

FIGURES = {
    "an image": lambda **o: plot.show_image(torch.tensor(IMAGE), **o),
    "a colour image": lambda **o: plot.show_image(np.stack([IMAGE, IMAGE, 1 - IMAGE]), **o),
    "labels": lambda **o: plot.show_labels(torch.tensor(LABELS), NAMES, **o),
    "labels over an image": lambda **o: plot.show_overlay(IMAGE, LABELS, NAMES, **o),
    "boxes": lambda **o: plot.show_boxes(IMAGE, np.array([[5, 10, 15, 20], [10, 25, 30, 40]]), names=["a", "b"], **o),
    "instances": lambda **o: plot.show_instances(LABELS, **o),
    "instances over an image": lambda **o: plot.show_instances(LABELS, image=IMAGE, numbers=False, **o),
    "weights": lambda **o: plot.show_weight_map(1 + 9 * IMAGE, title="w", **o),
    "feature maps": lambda **o: plot.show_feature_maps(torch.rand(11, 8, 8), titles=["first"], **o),
    "a kernel": lambda **o: plot.show_kernel(np.array([[1.0, 0, -1], [2, 0, -2]]), **o),
    "confusion": lambda **o: plot.show_confusion(np.array([[90, 5, 0], [3, 30, 0], [0, 0, 0]]), NAMES, **o),
    "history": lambda **o: plot.show_history(
        {"loss": [3.0, 2.0, 1.0], "validation": [3.0, 2.5]}, logarithmic=True, **o
    ),
}


def picture_of(draw):
    output = shown(draw)
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))).convert("RGB")).astype(int)


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_small_described_and_not_empty(name):
    output = shown(lambda: FIGURES[name](alt=f"This is {name}."))
    assert output.data["text/plain"] == f"This is {name}."
    data = base64.b64decode(output.data["image/png"])
    assert len(data) < 60_000
    assert np.asarray(Image.open(io.BytesIO(data)).convert("L")).std() > 5


def count(pixels, colour):
    wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return (np.abs(pixels - wanted).max(axis=-1) < 12).sum()


def test_a_class_has_the_colour_of_its_index_whichever_classes_are_there():
    pixels = picture_of(lambda: plot.show_labels(np.full((8, 8), 2), NAMES, alt="x"))
    assert count(pixels, palette.CLASSES[2]) > 20 * count(pixels, palette.CLASSES[1])


def test_background_stays_clear_over_an_image():
    pixels = picture_of(lambda: plot.show_overlay(np.zeros((8, 8)), np.zeros((8, 8), dtype=int), NAMES, alt="x"))
    assert count(pixels, "#000000") > 0.2 * pixels.shape[0] * pixels.shape[1] * 0.5


def test_ignored_pixels_are_hatched_and_named_and_need_no_class():
    labels = np.where(LABELS == 2, 255, LABELS)
    with_ignored = picture_of(lambda: plot.show_labels(labels, NAMES[:2], ignore_index=255, alt="x"))
    assert count(with_ignored, palette.IGNORED) > 200
    assert count(with_ignored, "#6B7078") > 200  # the hatch, for eyes that do not see the grey
    assert count(with_ignored, palette.CLASSES[2]) == 0


def test_weights_are_anchored_at_zero():
    pixels = picture_of(lambda: plot.show_weight_map(np.full((8, 8), 5.0), alt="x", largest=10.0))
    middle = pixels[pixels.shape[0] // 2, pixels.shape[1] // 3]
    assert middle[2] > middle[0] + 60  # half-way up the scale, although it is the smallest weight of this map


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: plot.show_labels(LABELS, NAMES[:2], alt="x"), r"labels must lie in 0 … 1, .* got 0 … 2"),
        (lambda: plot.show_labels(LABELS - 1, NAMES, alt="x"), r"got -1 … 1"),
        (lambda: plot.show_labels(LABELS, [str(i) for i in range(9)], alt="x"), "8 class colours: got 9"),
        (lambda: plot.show_overlay(IMAGE[1:], LABELS, NAMES, alt="x"), r"got \(47, 40\) and \(48, 40\)"),
        (lambda: plot.show_boxes(IMAGE, np.zeros((2, 4)), names=["a"], alt="x"), "got 2 boxes and 1 names"),
        (lambda: plot.show_weight_map(np.array([[1.0, -0.25]]), alt="x"), "the smallest is -0.25"),
        (lambda: plot.show_confusion(np.eye(3, dtype=int), ["a"], alt="x"), "got 3 classes and 1 names"),
        (lambda: plot.show_history({"loss": []}, alt="x"), "got {'loss': 0}"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_the_numbers(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_letters_beside_a_colourful_picture_stay_grey():
    rng = np.random.default_rng(0)
    figure, (ax,) = canvas.new_figure(1, size=(2.6, 2.6))
    ax.imshow(np.kron(rng.random((128, 128, 3)), np.ones((2, 2, 1))))
    raw = io.BytesIO()
    figure.savefig(raw, format="png", dpi=150)
    before = np.asarray(Image.open(raw).convert("RGB")).astype(int)
    after = np.asarray(Image.open(io.BytesIO(canvas.png(figure))).convert("RGB")).astype(int)
    margin = (slice(None), slice(int(0.06 * before.shape[1])))
    assert (before[margin] < 128).any()  # the tick labels
    assert np.ptp(after[margin], axis=-1).max() < np.ptp(before[margin], axis=-1).max() + 12


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plot.show_instances(np.ones((40, 120), int), numbers=False, alt="x"),
        lambda: plot.show_boxes(np.zeros((40, 120)), np.array([[0, 0, 9, 9]]), alt="x"),
        lambda: plot.show_weight_map(np.ones((40, 120)), alt="x"),
    ],
    ids=["instances", "boxes", "weights"],
)
def test_a_wide_picture_leaves_no_white_bands(draw):
    drawn = (picture_of(draw) < 250).any(axis=2).any(axis=1)  # rows with ink
    assert len(drawn) < 300
    assert drawn.mean() > 0.7
