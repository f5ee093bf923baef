"""Figures show, say what they show, stay small, and come out the same twice."""

import base64
import io

import numpy as np
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from matplotlib import colors
from PIL import Image
from skimage import color

from segbook import metrics, palette, plot, shapes
from segbook.plot import canvas
from segbook.plot.pixels import black_and_white


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
    "a view and depths": lambda **o: plot.show_view_and_depths(IMAGE, (20, 20), floor=0.24, **o),
    "a ruler for tiles": lambda **o: plot.show_tile_grid([388, 384], block=16, **o),
    "an image in tiles": lambda **o: plot.compare([IMAGE], ["a"], borders=[16, 32], **o),
    "an image": lambda **o: plot.show_image(torch.tensor(IMAGE), **o),
    "a colour image": lambda **o: plot.show_image(np.stack([IMAGE, IMAGE, 1 - IMAGE]), **o),
    "labels": lambda **o: plot.show_labels(torch.tensor(LABELS), NAMES, **o),
    "labels over an image": lambda **o: plot.show_overlay(IMAGE, LABELS, NAMES, **o),
    "boxes": lambda **o: plot.show_boxes(IMAGE, np.array([[5, 10, 15, 20], [10, 25, 30, 40]]), names=["a", "b"], **o),
    "instances": lambda **o: plot.show_instances(LABELS, **o),
    "instances over an image": lambda **o: plot.show_instances(LABELS, image=IMAGE, numbers=False, **o),
    "what was found": lambda **o: plot.show_found({"all": LABELS, "one": LABELS * 0 + 1}, LABELS, image=IMAGE, **o),
    "weights": lambda **o: plot.show_weight_map(1 + 9 * IMAGE, title="w", **o),
    "feature maps": lambda **o: plot.show_feature_maps(torch.rand(11, 8, 8), titles=["first"], **o),
    "a kernel": lambda **o: plot.show_kernel(np.array([[1.0, 0, -1], [2, 0, -2]]), **o),
    "confusion": lambda **o: plot.show_confusion(np.array([[90, 5, 0], [3, 30, 0], [0, 0, 0]]), NAMES, **o),
    "a network": lambda **o: plot.show_network([(1, 29), (16, 26), (64, 1)], ["conv", "dense"], windows=[9, 6, 1], **o),
    "a stack": lambda **o: plot.show_stack(18, [shapes.Layer(3, stride=2)] * 3, output=0, **o),
    "a ledger": lambda **o: plot.show_ledger(shapes.unet_ledger(572), **o),
    "a line": lambda **o: plot.show_line(
        {"p": IMAGE[5], "q": IMAGE[9]},
        {"classes": LABELS[30], "none": LABELS[0]},
        depth=LABELS[30],
        thresholds={"½": 0.5},
        **o,
    ),
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


def test_a_networks_bars_are_its_maps_and_its_skips_join_equal_levels(monkeypatch):
    drawn = []
    monkeypatch.setattr(plot.networks, "show", lambda figure, alt: drawn.append(figure.axes[0]))
    plot.show_ledger(shapes.unet_ledger(572), alt="x")
    (ax,) = drawn
    sizes, channels = (
        [572, 568, 280, 136, 64, 28, 52, 100, 196, 388, 388],
        [1, 64, 128, 256, 512, 1024, 512, 256, 128, 64, 2],
    )
    heights, widths = ([getattr(bar, f"get_{name}")() for bar in ax.patches] for name in ("height", "width"))
    np.testing.assert_allclose(heights, np.array(sizes) / 572 * 3)
    np.testing.assert_allclose(widths, np.sqrt(np.array(channels) / 1024))
    words = [text.get_text() for text in ax.texts]
    assert [word for word in words if word.endswith("²")] == [f"{size}²" for size in sizes]
    assert [int(word) for word in words if word.isdecimal()] == channels
    assert [word for word in words if word in ("pool", "up")] == ["pool"] * 4 + ["up"] * 4
    middles = [bar.get_x() + bar.get_width() / 2 for bar in ax.patches]
    skips = [(one.xyann[0], one.xy[0]) for one in ax.texts[-4:]]
    assert skips == [(middles[level], middles[10 - level]) for level in (4, 3, 2, 1)]
    with pytest.raises(ValueError, match="got none"):
        plot.show_ledger([], alt="x")


def test_a_tile_counts_its_blocks_from_its_own_beginning(monkeypatch):
    drawn = []
    monkeypatch.setattr(plot.tiles, "show", lambda figure, alt: drawn.append(figure.axes))
    plot.show_tile_grid([388, 384], block=16, alt="x")
    for ax, step in zip(drawn[0], (388, 384), strict=True):
        first, second = ([bar.get_x() for bar in ax.patches if bar.get_y() == row] for row in (0, -1))
        assert {left % 16 for left in first} == {0}
        assert {left % 16 for left in second} == {step % 16}
        assert min(second) == step
        assert ("off its grid" in ax.get_title(loc="left")) is (step % 16 > 0)
    with pytest.raises(ValueError, match=r"got \[\] and blocks of 16"):
        plot.show_tile_grid([], block=16, alt="x")


HALVING = [shapes.Layer(3, stride=2)] * 3
SEEN = colors.to_rgba(plot.stacks.SEEN)


def cells_of(monkeypatch, *stack, **options):
    """Read the rows of a drawn stack: for each, the middles of its cells, what is hatched, what is filled."""
    drawn = []
    monkeypatch.setattr(plot.stacks, "show", lambda figure, alt: drawn.append(figure.axes[0]))
    plot.show_stack(*stack, alt="x", **options)
    rows = {}
    for cell in drawn[0].patches:
        rows.setdefault(round(cell.get_y(), 6), []).append(cell)
    middles = [[round(one.get_x() + one.get_width() / 2, 6) for one in row] for row in rows.values()]
    hatched, filled = (
        [[place for place, one in enumerate(row) if test(one)] for row in rows.values()]
        for test in (lambda one: one.get_hatch(), lambda one: one.get_facecolor() == SEEN)
    )
    return middles, hatched, filled, [text.get_text() for text in drawn[0].texts]


def test_the_numbers_of_a_stack_stand_in_its_cells_and_their_places_beside_them(monkeypatch):
    words = cells_of(monkeypatch, 3, HALVING[:1], windows=1, values=[[3, 1, 4], [17]])[3]
    assert words == ["3", "0", "1", "1", "4", "2", "input\n3 samples", "17", "0", "first output"]


def test_a_stack_has_a_row_for_each_layer_and_hatches_what_no_window_reads(monkeypatch):
    middles, hatched, filled, words = cells_of(monkeypatch, 18, HALVING)
    assert [len(row) for row in middles] == [18, 8, 3, 1]
    assert middles[1:] == [[1, 3, 5, 7, 9, 11, 13, 15], [3, 7, 11], [7]]  # in the middle of what they see
    assert hatched == [[17], [7], [], []]
    assert filled == [[]] * 4
    assert [word for word in words if "\n" in word] == [
        "input\n18 samples\nunread: 17", "after layer 1\n8 samples\nunread: 7",
        "after layer 2\n3 samples", "after layer 3\n1 sample",
    ]  # fmt: skip


def test_the_first_windows_of_a_stack_tell_nothing_of_the_others(monkeypatch):
    middles, hatched, _, words = cells_of(monkeypatch, 12, [shapes.Layer(2, stride=3)], windows=1)
    assert [len(row) for row in middles] == [12, 1]
    assert hatched == [[], []]
    assert [word for word in words if not word.isdigit()] == ["input\n12 samples", "first output"]


@pytest.mark.parametrize(
    ("size", "layers"),
    [(18, HALVING), (13, [shapes.Layer(3, dilation=2)] * 3), (12, [shapes.Layer(2, stride=3)]),
     (9, [shapes.Layer(3, padding=1), shapes.Layer(2, stride=2)])],
)  # fmt: skip
def test_a_stack_hatches_and_fills_what_autograd_says(monkeypatch, size, layers):
    _, hatched, filled, words = cells_of(monkeypatch, size, layers, output=0)
    rows = [torch.ones(1, 1, size, requires_grad=True)]
    for k, stride, padding, dilation, _ in layers:
        options = {"stride": stride, "padding": padding, "dilation": dilation}
        rows.append(torch.nn.functional.conv1d(rows[-1], torch.ones(1, 1, k), **options))
    for row, below, lost, seen in zip(rows, rows[1:], hatched, filled, strict=False):
        (read,) = torch.autograd.grad(below.sum(), row, retain_graph=True)
        (reached,) = torch.autograd.grad(rows[-1][0, 0, 0], row, retain_graph=True)
        assert lost == (read[0, 0] == 0).nonzero()[:, 0].tolist()
        assert seen == reached[0, 0].nonzero()[:, 0].tolist()
    assert next(word for word in words if "\n" in word) == f"input\n{len(filled[0])} of {size} seen"


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


def test_maps_of_a_network_have_their_proportions_and_a_window_is_marked_in_each():
    maps, steps = [(1, 40), (1, 20)], ["pool"]
    plain = picture_of(lambda: plot.show_network(maps, steps, alt="x"))
    marked = picture_of(lambda: plot.show_network(maps, steps, windows=[10, 5], alt="x"))
    face = "#D6EAF8"
    left, right = np.hsplit(plain[:, : plain.shape[1] // 2], 2)  # four maps fill a row
    assert count(left, face) == pytest.approx(4 * count(right, face), rel=0.2)
    assert count(plain, palette.FOCUS) == 0
    assert all(count(half, palette.FOCUS) > 100 for half in np.hsplit(marked[:, : marked.shape[1] // 2], 2))


def test_a_network_has_a_sheet_more_for_twice_the_channels_and_rows_of_four():
    one, sixteen = (picture_of(lambda c=c: plot.show_network([(c, 9)], [], alt="x")) for c in (1, 16))
    assert count(sixteen, "#24292F") > 1.5 * count(one, "#24292F")
    four, five = (picture_of(lambda n=n: plot.show_network([(1, 9)] * n, [""] * (n - 1), alt="x")) for n in (4, 5))
    assert len(five) == pytest.approx(2 * len(four), abs=2)


def test_weights_are_anchored_at_zero():
    pixels = picture_of(lambda: plot.show_weight_map(np.full((8, 8), 5.0), alt="x", largest=10.0))
    middle = pixels[pixels.shape[0] // 2, pixels.shape[1] // 3]
    assert middle[2] > middle[0] + 60  # half-way up the scale, although it is the smallest weight of this map


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: plot.show_labels(LABELS, NAMES[:2], alt="x"), r"labels hold 2 at \[25, 10\], .* 2 classes \(0 … 1\)"),
        (lambda: plot.show_labels(LABELS - 1, NAMES, alt="x"), r"labels hold -1 at \[0, 0\]"),
        (lambda: plot.show_labels(LABELS, [str(i) for i in range(257)], alt="x"), "256 class colours: got 257"),
        (lambda: plot.show_history({"a": [float("nan")]}, alt="x"), "got {'a': 0}"),
        (lambda: plot.show_network([(1, 9), (4, 7)], [], alt="x"), "between 2 maps there are 1 steps: got 0"),
        (lambda: plot.show_network([(1, 9), (0, 7)], ["a"], alt="x"), r"at least 1 channel and size 1: got \(0, 7\)"),
        (lambda: plot.show_network([(1, 9)], [], windows=[10], alt="x"), r"no larger than itself: got \[10\] for"),
        (
            lambda: plot.show_network([(1, 9)], [], windows=[1, 1], alt="x"),
            r"every map needs a window .*: got \[1, 1\]",
        ),
        (lambda: plot.show_history({"a": [0.0]}, logarithmic=True, alt="x"), "got {'a': 0}"),
        (lambda: plot.show_overlay(IMAGE[1:], LABELS, NAMES, alt="x"), r"got \(47, 40\) and \(48, 40\)"),
        (lambda: plot.show_boxes(IMAGE, np.zeros((2, 4)), names=["a"], alt="x"), "got 2 boxes and 1 names"),
        (lambda: plot.show_weight_map(np.array([[1.0, -0.25]]), alt="x"), "the smallest is -0.25"),
        (lambda: plot.show_confusion(np.eye(3, dtype=int), ["a"], alt="x"), "got 3 classes and 1 names"),
        (lambda: plot.show_history({"loss": []}, alt="x"), "got {'loss': 0}"),
        (lambda: plot.show_stack(8, [], alt="x"), "got none"),
        (lambda: plot.show_stack(8, [shapes.Layer(2, transposed=True)], alt="x"), "layer 0 of 1 is transposed"),
        (lambda: plot.show_stack(18, HALVING, output=1, alt="x"), "outputs 0 to 0: got 1"),
        (lambda: plot.show_stack(8, HALVING[:1], windows=4, alt="x"), "of one layer, here 1 to 3: got 4"),
        (lambda: plot.show_stack(18, HALVING, windows=1, alt="x"), "of one layer, here 1 to 8: got 1"),
        (lambda: plot.show_stack(3, HALVING[:1], values=[[1, 2]], alt="x"), r"rows of \[3, 1\] cells: got \[2\]"),
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


RAMP = np.tile(np.linspace(0, 255, 64).round(), (40, 1))  # 64 greys from black to white
RAMPS = {
    "uint8": RAMP.astype(np.uint8),
    "uint8 in colour": np.stack([RAMP.astype(np.uint8)] * 3),
    "float from 0 to 1": RAMP / 255,
    "float from 0 to 1 in colour": torch.from_numpy(np.stack([RAMP / 255] * 3)),
    "float to 255 in colour": np.stack([RAMP] * 3),
    "normalised, in colour": torch.from_numpy(np.stack([RAMP / 50 - 2] * 3)).half(),
    "bfloat16": torch.from_numpy(RAMP / 255).bfloat16(),
    "int64 in colour": np.stack([RAMP] * 3).astype(int),
    "12 of 16 bits": (RAMP * 16).astype(np.uint16),
    "12 of 16 bits in colour": np.stack([(RAMP * 16).astype(np.uint16)] * 3),
    "one channel": RAMP[None].astype(np.uint8),
    "needs a gradient": torch.from_numpy(RAMP).requires_grad_(),
}


@pytest.mark.parametrize("image", RAMPS.values(), ids=RAMPS)
def test_a_ramp_of_any_dtype_runs_from_black_to_white(image):
    pixels = picture_of(lambda: plot.show_image(image, alt="x"))
    middle = pixels[pixels.shape[0] // 2, 70:-20]  # within the axes
    expected = np.linspace(0, 255, len(middle))[:, None]
    assert np.abs(middle - expected).max() < 20


def middle_of(image):
    pixels = picture_of(lambda: plot.show_image(image, alt="x"))
    return pixels[pixels.shape[0] // 2, pixels.shape[1] // 2].tolist()


@pytest.mark.parametrize(
    ("image", "grey"),
    [
        (np.full((5, 5), 0.5), 127),
        (np.ones((5, 5)), 255),
        (np.zeros((5, 5), np.uint16), 0),
        (np.full((5, 5), 64, np.uint8), 64),
        (np.full((3, 5, 5), 64, np.uint8), 64),
        (np.full((5, 5), 1000, np.uint16), 127),
        (np.full((3, 5, 5), -7.0), 127),
    ],
)
def test_a_constant_picture_has_its_grey_where_its_dtype_says_which(image, grey):
    assert np.abs(np.array(middle_of(image)) - grey).max() <= 1


@pytest.mark.parametrize("channels", [(), (3,)])
def test_what_is_no_number_is_vermilion_and_does_not_darken_the_rest(channels):
    image = np.broadcast_to(np.linspace(0, 1, 25).reshape(5, 5), (*channels, 5, 5)).copy()
    image[..., 2, 2], image[..., 0, 0] = np.nan, np.inf
    pixels = picture_of(lambda: plot.show_image(image, alt="x"))
    assert count(pixels, palette.FOCUS) > 0.05 * pixels[..., 0].size  # two of 25
    assert pixels[-60, -40].min() > 240  # the brightest is still white


def test_a_hot_pixel_leaves_a_picture_of_16_bits_visible():
    image = np.tile(np.arange(100, 164, dtype=np.uint16), (64, 1))
    image[0, 0] = 65535
    assert 90 < middle_of(image)[0] < 160


def test_pictures_of_one_kind_share_their_black_and_white_and_others_do_not():
    dark, light = np.array([[0.0, 0.2]]), np.array([[0.6, 0.9]])
    eight, sixteen = np.array([[3, 250]], np.uint8), np.array([[100, 900]], np.uint16)
    limits = black_and_white([dark, eight, light, sixteen])
    assert limits[0] == limits[2] == (0.0, 0.9)
    assert limits[1] == (3.0, 250.0)
    assert limits[3] == pytest.approx(tuple(np.percentile([100, 900], (0.1, 99.9))))


@pytest.mark.parametrize("shape", [(200, 1), (1, 200), (3000, 2), (1, 5000), (400, 30)])
def test_a_thread_of_pixels_becomes_a_picture_of_ordinary_size_and_is_visible(shape):
    threads = {
        "image": lambda: plot.show_image(np.zeros(shape), alt="x"),
        "boxes": lambda: plot.show_boxes(np.zeros(shape), np.array([[0, 0, 1, 1]]), alt="x"),
        "labels": lambda: plot.show_labels(np.full(shape, 1), NAMES, alt="x"),
        "instances": lambda: plot.show_instances(np.full(shape, 1), numbers=False, alt="x"),
        "weights": lambda: plot.show_weight_map(np.full(shape, 1.0), alt="x"),
    }
    for draw in threads.values():
        pixels = picture_of(draw)
        assert max(pixels.shape) < 1200
        inked = (pixels < 250).any(axis=2)
        assert min(inked.sum(axis=0).max(), inked.sum(axis=1).max()) > 40  # at least so wide and so high


TRUE = np.array([[1, 1, 1, 1, 2, 2, 0, 3, 3, 3, 3, 0]])
FATES = {  # a letter for every region, in the order of the ids
    "111122033330": ("", "", ""),
    "111111022220": ("M", ""),
    "112233044440": ("S", "S", "", ""),
    "111122030000": ("", "", "×"),
    "000000000001": ("×",),
    "000000000000": (),
}


@pytest.mark.parametrize("answer", FATES)
def test_what_became_of_a_region_is_written_into_it(monkeypatch, answer):
    rows = np.repeat(TRUE, 4, axis=0)
    ids = np.repeat(np.array([[int(one) for one in answer]]), 4, axis=0)
    ax = drawn_by(monkeypatch, lambda: plot.show_found({"x": ids}, rows, image=rows / 3, alt="x"))
    assert [text.get_text() for text in ax.texts] == [letter for letter in FATES[answer] if letter]
    found, labels = torch.from_numpy(ids)[None], torch.from_numpy(rows)[None]
    assert (ax.get_title(), "M" in FATES[answer]) == ("x", metrics.merged_cells(found, labels) > 0)
    assert ("S" in FATES[answer]) == (metrics.split_cells(found, labels) > 0)
    hits = metrics.instance_counts(found, labels, thresholds=(0.5,))
    assert f"AP {metrics.average_precision(hits)[0]:.2f}, IoU" in ax.get_xlabel()


@pytest.mark.parametrize("answer", ["111222033330", "112233044440", "111233044440"])
def test_as_many_regions_as_hit_a_cell_have_the_colour_of_a_hit(monkeypatch, answer):
    """Also a part of a split cell: in the last answer the first part has three of a cell's four pixels."""
    rows = np.repeat(TRUE, 4, axis=0)
    ids = np.repeat(np.array([[int(one) for one in answer]]), 4, axis=0)
    ax = drawn_by(monkeypatch, lambda: plot.show_found({"x": ids}, rows, image=rows / 3, alt="x"))
    tints = ax.images[-1].get_array()[0]
    hit = colors.to_rgba(palette.SKY, 0.65)
    blue = {int(number) for number, tint in zip(ids[0], tints, strict=True) if np.allclose(tint, hit)}
    hits = metrics.instance_counts(torch.from_numpy(ids)[None], torch.from_numpy(rows)[None], thresholds=(0.5,))
    assert len(blue) == hits[0, 0] == {"111222033330": 3, "112233044440": 2, "111233044440": 3}[answer]


@pytest.mark.parametrize("answer", ["111122033330", "111122030000"])
def test_the_legend_names_no_hit_only_if_there_is_one(monkeypatch, answer):
    figures = []
    monkeypatch.setattr("segbook.plot.labels.show", lambda figure, alt: figures.append(figure))
    ids = np.repeat(np.array([[int(one) for one in answer]]), 4, axis=0)
    rows = np.repeat(TRUE, 4, axis=0)
    plot.show_found({"x": ids}, rows, image=rows / 3, alt="x")
    named = [text.get_text() for text in figures[0].legends[0].texts]
    assert ("× no hit" in named) == ("×" in FATES[answer])


def test_wide_answers_stand_below_each_other_with_names_in_every_image(monkeypatch):
    figures = []
    monkeypatch.setattr("segbook.plot.labels.show", lambda figure, alt: figures.append(figure))
    for rows, across in ((4, 1), (12, 2)):
        ids = np.repeat(TRUE, rows, axis=0)
        names = {"left": (0, 2), "right": (0, 8)}
        plot.show_found({"a": ids, "b": ids}, ids, image=ids / 3, names=names, alt="x")
        first, second = figures.pop().axes
        assert bool(first.get_position().x0 < second.get_position().x0 - 0.1) == (across == 2)
        for ax in (first, second):
            found = [(text.get_text(), *text.get_position()[::-1]) for text in ax.texts]
            assert found == [(words, *place) for words, place in names.items()]


def test_found_regions_need_answers_of_the_size_of_the_truth():
    with pytest.raises(ValueError, match="no answers"):
        plot.show_found({}, TRUE, image=TRUE / 3, alt="x")
    with pytest.raises(ValueError, match=r"got \(1, 11\) and \(1, 12\)"):
        plot.show_found({"x": TRUE[:, :11]}, TRUE, image=TRUE / 3, alt="x")


def test_a_line_has_a_box_of_its_length_for_each_region(monkeypatch):
    figures = []
    monkeypatch.setattr("segbook.plot.charts.show", lambda figure, alt: figures.append(figure))
    answers = {"true": np.array([7, 7, 7, 2, 2, 0]), "read": np.array([0, 1, 0, 0, 1, 1]), "none": np.zeros(6, int)}
    probs = {"plain": np.ones(6), "weighted": np.zeros(6)}
    plot.show_line(probs, answers, depth=np.arange(6), thresholds={"½": 0.5}, alt="x")
    high, low, strips = figures[0].axes
    assert [text.get_text() for text in high.get_legend().texts] == [*probs]
    assert [text.get_text() for text in high.texts] == ["½"]
    assert low.get_ylim()[0] > low.get_ylim()[1]  # downwards
    boxes = [(round(box.get_y() + 0.36), box.get_x() + 0.5, box.get_width()) for box in strips.patches]
    assert boxes == [(0, 0, 3), (0, 3, 2), (1, 1, 1), (1, 4, 2)]
    assert [text.get_text() for text in strips.texts] == ["3", "2", "1", "2"]
    assert [label.get_text() for label in strips.get_yticklabels()] == list(answers)


def test_a_line_needs_answers_and_one_number_of_pixels():
    line, read = np.ones(4), np.ones(4, int)
    with pytest.raises(ValueError, match="no probabilities"):
        plot.show_line({}, {"read": read}, depth=line, thresholds={}, alt="x")
    with pytest.raises(ValueError, match="no answers"):
        plot.show_line({"p": line}, {}, depth=line, thresholds={}, alt="x")
    with pytest.raises(ValueError, match=r"read must be \(4,\) like depth: got shape \(3,\)"):
        plot.show_line({"p": line}, {"read": read[:3]}, depth=line, thresholds={}, alt="x")
    with pytest.raises(ValueError, match=r"p must be \(2,\) like depth: got shape \(4,\)"):
        plot.show_line({"p": line}, {"read": read[:2]}, depth=line[:2], thresholds={}, alt="x")


def drawn_by(monkeypatch, draw):
    """The artists of a figure, without its display."""
    figures = []
    monkeypatch.setattr("segbook.plot.labels.show", lambda figure, alt: figures.append(figure))
    draw()
    return figures[0].axes[0]


def test_many_ids_and_many_ignored_pixels_need_no_more_artists_than_few(monkeypatch):
    grid = np.kron(np.arange(1, 401).reshape(20, 20), np.pad(np.ones((6, 6), int), 1))
    crowd = drawn_by(monkeypatch, lambda: plot.show_instances(grid.astype(np.uint16), alt="x"))
    assert (len(crowd.images), len(crowd.collections)) == (1, 1)
    assert [text.get_text() for text in crowd.texts] == [str(n) for n in range(1, 10)]  # others have no room
    assert len(crowd.collections[0].get_segments()) == 400
    few = drawn_by(monkeypatch, lambda: plot.show_instances(grid[:24, :32], alt="x"))
    assert [text.get_text() for text in few.texts] == [str(n) for n in np.unique(grid[:24, :32])[1:]]
    scattered = np.random.default_rng(0).choice([0, 1, 255], (200, 300)).astype(np.uint8)
    ax = drawn_by(monkeypatch, lambda: plot.show_labels(scattered, NAMES, ignore_index=255, alt="x"))
    (hatched,) = ax.patches
    corners = hatched.get_path().vertices.reshape(-1, 5, 2)
    covered = np.zeros(scattered.shape, int)
    for (left, top), (right, bottom) in (corners[:, [0, 2]] + 0.5).astype(int):
        covered[top:bottom, left:right] += 1
    assert (covered == (scattered == 255)).all()


def test_twenty_classes_differ_at_least_as_much_as_the_books_eight_and_have_numbers(monkeypatch):
    names = [f"class {c}" for c in range(20)]
    labels = np.kron(np.arange(20).reshape(4, 5), np.ones((6, 6), int)).astype(np.uint8)
    colours = palette.class_colors(20)
    assert colours[:8] == palette.CLASSES
    lab = [color.rgb2lab(colors.to_rgb(c)) for c in colours]
    apart = [color.deltaE_ciede2000(a, b) for i, a in enumerate(lab) for b in lab[:i]]
    assert min(apart) > 10
    blind = [[np.array(c) for c in palette._seen(c)[1:]] for c in colours]
    nearest = [
        min(np.linalg.norm(x - y) for x, y in zip(a, b, strict=True)) for i, a in enumerate(blind) for b in blind[:i]
    ]
    eight = [nearest[k] for k in range(8 * 7 // 2)]
    assert min(nearest) > 0.85 * min(eight)
    pixels = picture_of(lambda: plot.show_labels(labels, names, alt="x"))
    assert all(count(pixels, colour) > 300 for colour in colours)
    ax = drawn_by(monkeypatch, lambda: plot.show_labels(labels, names, alt="x"))
    for text in ax.texts:
        x, y = text.get_position()
        assert labels[int(y), int(x)] == int(text.get_text())
    assert len(ax.texts) == 20


def test_a_long_legend_names_what_occurs_and_leaves_the_picture_its_place(monkeypatch):
    names, labels = [f"class {c}" for c in range(150)], np.arange(0, 150, 3).reshape(5, 10)
    ax = drawn_by(monkeypatch, lambda: plot.show_labels(labels, names, alt="x"))
    assert [t.get_text() for t in ax.get_legend().get_texts()] == [f"{c} class {c}" for c in range(0, 150, 3)]
    ax.figure.draw_without_rendering()
    assert ax.get_window_extent().width > 250  # of the figure's 100 dots an inch


def test_large_tables_are_drawn_in_colour_alone_and_small_ones_in_numbers():
    noise = np.random.default_rng(0).normal(size=(200, 300))
    assert max(picture_of(lambda: plot.show_matrix(noise, alt="x")).shape) < 1200
    table = np.random.default_rng(0).integers(0, 99, (40, 40))
    assert max(picture_of(lambda: plot.show_confusion(table, [str(i) for i in range(40)], alt="x")).shape) < 1500


def test_a_curve_that_ends_in_nan_is_named_where_it_was_last_seen():
    values = {"loss": [3.0, float("nan"), 1.0, float("inf")], "b": torch.tensor([2.0, 1.0])}
    assert picture_of(lambda: plot.show_history(values, alt="x")).std() > 5


def test_curves_of_skips_have_the_colours_that_all_figures_give_these_and_others_go_round(monkeypatch):
    drawn = []
    monkeypatch.setattr(plot.charts, "show", lambda figure, alt: drawn.append(figure.axes[0]))
    plot.show_history({key: [0.2, 0.4] for key in ("none", "sum", "concat")}, logarithmic=True, alt="x")
    plot.show_history({key: [0.2, 0.4] for key in ("a", "b")}, alt="x")
    skips, others = ([line.get_color() for line in ax.lines] for ax in drawn)
    assert skips == [plot.experiments.SKIPS[kind][1] for kind in ("none", "sum", "concat")]
    assert others == list(palette.CYCLE[:2])
    sizes = {label.get_size() for which in ("major", "minor") for label in drawn[0].get_yticklabels(which=which)}
    assert sizes == {8}


@pytest.mark.parametrize(("numbers", "expected"), [(True, ["1 cell", "2 debris"]), (False, ["cell", "debris"])])
def test_a_legend_numbers_classes_unless_told_otherwise(numbers, expected, monkeypatch):
    drawn = []
    monkeypatch.setattr(plot.labels, "show", lambda figure, alt: drawn.append(figure.axes[0]))
    plot.show_labels(LABELS, NAMES, image=IMAGE, numbers=numbers, alt="x")
    assert [text.get_text() for text in drawn[0].get_legend().get_texts()] == expected


def test_a_level_is_a_grey_line_at_its_height_with_its_name_under_it(monkeypatch):
    drawn = []
    monkeypatch.setattr(plot.charts, "show", lambda figure, alt: drawn.append(figure.axes[0]))
    plot.show_history({"a": [0.2, 0.4, 0.6], "b": [0.1, 0.3]}, levels={"half": 0.5}, alt="x")
    (line,) = [one for one in drawn[0].lines if one.get_color() == plot.charts.LEVEL]
    assert list(line.get_ydata()) == [0.5, 0.5]
    (name,) = [text for text in drawn[0].texts if text.get_text() == "half"]
    assert (name.xy, name.get_va()) == ((1, 0.5), "top")
