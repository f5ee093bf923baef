"""What other people's files and tools hand over: the right value, as others compute it, or a message that says what is wrong.

The values come from NumPy, SciPy, scikit-image or a loop, and from plain int64 or float64 numbers; the function gets the
same numbers in a foreign dtype, byte order, layout or container.
"""

import numpy as np
import pytest
import torch
from scipy import ndimage, signal, special
from skimage import measure, segmentation

from segbook import losses, metrics, ops, pixel_weights
from segbook.data import augment, views

RNG = np.random.default_rng(0)
CLASSES, GUESSES, WEIGHTS = RNG.integers(0, 3, (3, 2, 5, 7))
LOGITS = RNG.normal(size=(2, 3, 5, 7)).astype(np.float32)
SURPRISE = -special.log_softmax(LOGITS.astype(float), axis=1)
IDS = np.kron([[3, 0, 7, 7], [0, 250, 0, 0], [12, 0, 5, 0]], np.ones((3, 4), int))
IDS[4, 3] = 7  # beside 250
IMAGE = RNG.integers(0, 200, (3, 6, 6))


def read_only(array):
    array.flags.writeable = False
    return array


# The same whole numbers below 256, as files and tools hold them.
FORMS = {
    "uint8": lambda a: a.astype(np.uint8),
    "uint16": lambda a: a.astype(np.uint16),
    "uint32": lambda a: a.astype(np.uint32),
    "uint64": lambda a: a.astype(np.uint64),
    "int16": lambda a: a.astype(np.int16),
    "int32": lambda a: a.astype(np.int32),
    "int64": lambda a: a,
    "big-endian, as in a TIFF": lambda a: a.astype(">u2"),
    "mirrored view": lambda a: a[..., ::-1].astype(np.uint8)[..., ::-1],
    "Fortran order": lambda a: np.asfortranarray(a),
    "read-only, as a file in memory": lambda a: read_only(a.astype(np.uint16)),
    "field of records": lambda a: np.rec.fromarrays([a.astype(np.int16), a.astype(np.uint8)], names="a,b")["b"],
    "masked array, none masked": lambda a: np.ma.masked_array(a, np.zeros(a.shape, bool)),
    "torch.uint8": lambda a: torch.from_numpy(a).to(torch.uint8),
    "torch.uint16": lambda a: torch.from_numpy(a).to(torch.uint16),
    "torch.uint32": lambda a: torch.from_numpy(a).to(torch.uint32),
    "torch.uint64": lambda a: torch.from_numpy(a).to(torch.uint64),
    "torch.int32": lambda a: torch.from_numpy(a).to(torch.int32),
    "every second of a tensor": lambda a: torch.from_numpy(a.repeat(2, axis=-1)).short()[..., ::2],
}


def charged():
    return (WEIGHTS * np.take_along_axis(SURPRISE, CLASSES[:, None], axis=1)[:, 0]).sum()


def dice_loss():
    probs, truth = np.exp(-SURPRISE), np.moveaxis(np.eye(3)[CLASSES], -1, 1)
    area = probs.sum((0, 2, 3)) + truth.sum((0, 2, 3))
    return 1 - (2 * (probs * truth).sum((0, 2, 3)) / area).mean()


def ridge():
    stack = np.sort([ndimage.distance_transform_edt(i != IDS) for i in np.unique(IDS) if i], axis=0)
    return 1 + np.where(IDS == 0, 10 * np.exp(-((stack[0] + stack[1]) ** 2) / 50), 0)


def neighbours():
    """Every pixel of an id with the ids around it."""
    for y, x in zip(*np.nonzero(IDS), strict=True):
        around = IDS[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2]
        yield (y, x), {int(i) for i in np.unique(around)} - {0, int(IDS[y, x])}


def carved():
    sizes, result = np.bincount(IDS.ravel()), IDS.copy()
    for place, others in neighbours():
        if any((sizes[i], i) < (sizes[IDS[place]], IDS[place]) for i in others):
            result[place] = 0
    return result


FUNCTIONS = {
    "cross_entropy": (lambda f: losses.cross_entropy(LOGITS, f(CLASSES), f(WEIGHTS), reduction="sum"), charged),
    "soft_dice_loss": (lambda f: losses.soft_dice_loss(LOGITS, f(CLASSES)), dice_loss),
    "pixel_cross_entropy": (lambda f: ops.pixel_cross_entropy(LOGITS, f(CLASSES), f(WEIGHTS)), charged),
    "confusion_matrix": (
        lambda f: metrics.confusion_matrix(f(GUESSES), f(CLASSES), num_classes=3),
        lambda: [[((i == CLASSES) & (j == GUESSES)).sum() for j in range(3)] for i in range(3)],
    ),
    "boundary_counts": (  # boundaries that touch four neighbours, at no tolerance
        lambda f: metrics.boundary_counts(f(CLASSES), f(CLASSES), num_classes=3, tolerance=0)[:, 1],
        lambda: [sum((m & ndimage.binary_dilation(~m)).sum() for m in c == CLASSES) for c in range(3)],
    ),
    "iou": (lambda f: metrics.iou(f(np.array([[95, 0], [5, 20]]))), lambda: [95 / 100, 20 / 25]),
    "average_precision": (lambda f: metrics.average_precision(f(np.array([[3, 1, 0]]))), lambda: [3 / 4]),
    "boundary_f_score": (lambda f: metrics.boundary_f_score(f(np.array([[3, 4, 2, 2]]))), lambda: [6 / 7]),
    "balanced_weights": (
        lambda f: pixel_weights.balanced_weights(f(CLASSES), 3),
        lambda: CLASSES.size / (3 * np.bincount(CLASSES.ravel())),
    ),
    "connected_components": (
        lambda f: metrics.connected_components(f(CLASSES // 2 * 255)),
        lambda: [measure.label(mask, connectivity=1) for mask in CLASSES == 2],
    ),
    "semantic_regions": (
        lambda f: views.semantic_regions(f((IDS > 6).astype(int))),
        lambda: measure.label(IDS > 6, connectivity=1),
    ),
    "weight_map": (lambda f: pixel_weights.weight_map(f(IDS)), ridge),
    "border_distances": (
        lambda f: pixel_weights.border_distances(f(IDS))[0],
        lambda: ndimage.distance_transform_edt(IDS == 0),
    ),
    "carve_touching": (lambda f: pixel_weights.carve_touching(f(IDS)), carved),
    "contiguous_ids": (lambda f: views.contiguous_ids(f(IDS)), lambda: segmentation.relabel_sequential(IDS)[0]),
    "bounding_boxes": (
        lambda f: views.bounding_boxes(f(IDS))[1],
        lambda: [np.take(region.bbox, [1, 0, 3, 2]) for region in measure.regionprops(IDS)],
    ),
    "touching_pairs": (
        lambda f: views.touching_pairs(f(IDS)),
        lambda: sorted({tuple(sorted((int(IDS[p]), i))) for p, others in neighbours() for i in others}),
    ),
    "semantic_labels": (lambda f: views.semantic_labels(f(IDS), f(np.arange(251) % 5)), lambda: IDS % 5),
    "instance_counts": (
        lambda f: metrics.instance_counts(f(IDS[None]), f(IDS[None]), thresholds=[0.5]),
        lambda: [[len(np.unique(IDS)) - 1, 0, 0]],
    ),
    "conv_matrix": (
        lambda f: ops.conv_matrix(f(np.array([200, 100])), 3) @ np.array([200, 100, 50], np.uint8),
        lambda: [50000, 25000],
    ),
    "patch_matrix": (
        lambda f: ops.patch_matrix(f(np.array([200, 100, 50])), 2) @ np.array([200, 100], np.uint8),
        lambda: [50000, 25000],
    ),
    "conv1d": (
        lambda f: ops.conv1d(f(IMAGE[:1, :1]), f(IMAGE[:1, 1:2, :3]))[0, 0],
        lambda: signal.correlate(IMAGE[0, 0], IMAGE[0, 1, :3], mode="valid"),
    ),
    "conv2d": (
        lambda f: ops.conv2d(f(IMAGE[None, :1]), f(IMAGE[None, 1:2, :2, :3]))[0, 0],
        lambda: signal.correlate2d(IMAGE[0], IMAGE[1, :2, :3], mode="valid"),
    ),
    "conv_transpose1d": (
        lambda f: ops.conv_transpose1d(f(IMAGE[:1, :1]), f(IMAGE[:1, 1:2, :3]))[0, 0],
        lambda: signal.convolve(IMAGE[0, 0], IMAGE[0, 1, :3]),
    ),
    "max_pool2d": (
        lambda f: ops.max_pool2d(f(IMAGE[None]), 2)[0],
        lambda: measure.block_reduce(IMAGE, (1, 2, 2), np.max),
    ),
    "avg_pool2d": (
        lambda f: ops.avg_pool2d(f(IMAGE[None]), 2)[0],
        lambda: measure.block_reduce(IMAGE, (1, 2, 2), np.mean),
    ),
    "patch_at": (
        lambda f: ops.patch_at(f(IMAGE), 0, 0, patch_size=3),
        lambda: np.pad(IMAGE, ((0, 0), (1, 1), (1, 1)), mode="reflect")[:, :3, :3],
    ),
    "crop": (lambda f: augment.crop(f(IMAGE), f(IMAGE[0]), size=(6, 6), generator=RNG)[1], lambda: IMAGE[0]),
    "rotate, image": (lambda f: quarter_turn(f)[0], lambda: np.rot90(IMAGE, axes=(1, 2))),
    "rotate, labels": (lambda f: quarter_turn(f)[1], lambda: np.rot90(IMAGE[0])),
    "flip, image": (lambda f: both_flips(f)[0], lambda: IMAGE[:, ::-1, ::-1]),
    "flip, labels": (lambda f: both_flips(f)[1], lambda: IMAGE[0, ::-1, ::-1]),
}


def quarter_turn(f):
    return augment.rotate(f(IMAGE), f(IMAGE[0]), degrees=(90.0, 90.0), generator=RNG)


def both_flips(f):
    return augment.flip(f(IMAGE), f(IMAGE[0]), generator=np.random.default_rng(3))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_whole_numbers_of_any_form_give_what_others_compute(function, form):
    call, expected = FUNCTIONS[function]
    np.testing.assert_allclose(np.asarray(call(FORMS[form])), np.asarray(expected()), rtol=1e-5, atol=1e-6)


TRUE = CLASSES == 2
BINARY = {
    "cross_entropy": (
        lambda m: losses.cross_entropy(LOGITS[:, :2], m, reduction="pixel_mean"),
        lambda: (
            -special.log_softmax(LOGITS[:, :2].astype(float), axis=1)[:, 1][TRUE].sum() / TRUE.size
            - special.log_softmax(LOGITS[:, :2].astype(float), axis=1)[:, 0][~TRUE].sum() / TRUE.size
        ),
    ),
    "confusion_matrix": (
        lambda m: metrics.confusion_matrix(~m, m, num_classes=2),
        lambda: [[0, (~TRUE).sum()], [TRUE.sum(), 0]],
    ),
    "balanced_weights": (
        lambda m: pixel_weights.balanced_weights(m, 2),
        lambda: TRUE.size / (2 * np.array([(~TRUE).sum(), TRUE.sum()])),
    ),
    "connected_components": (
        lambda m: metrics.connected_components(m, connectivity=8),
        lambda: [measure.label(mask, connectivity=2) for mask in TRUE],
    ),
    "semantic_regions": (lambda m: views.semantic_regions(m[0]), lambda: measure.label(TRUE[0], connectivity=1)),
    "flip": (
        lambda m: augment.flip(IMAGE[:, :5, :5], m[0, :, :5], generator=np.random.default_rng(3))[1],
        lambda: TRUE[0, ::-1, 4::-1],
    ),
}


@pytest.mark.parametrize("container", [np.asarray, torch.from_numpy])
@pytest.mark.parametrize("function", BINARY)
def test_true_and_false_are_the_classes_1_and_0(function, container):
    call, expected = BINARY[function]
    np.testing.assert_allclose(np.asarray(call(container(TRUE))), np.asarray(expected()), rtol=1e-5)


LARGE = {
    "uint16 beyond 8 bits": np.array([[300, 0, 65535]], np.uint16),
    "uint32 beyond int32": np.array([[2**31, 0, 2**32 - 1]], np.uint32),
    "uint64 up to int64": np.array([[5, 0, 2**63 - 1]], np.uint64),
    "int64": np.array([[2**40, 0, 2**41]]),
}


@pytest.mark.parametrize("ids", LARGE.values(), ids=LARGE)
def test_large_ids_stay_what_they_are(ids):
    whole = [[int(i) for i in row] for row in ids]
    assert pixel_weights.carve_touching(ids).tolist() == whole
    assert views.bounding_boxes(ids)[0].tolist() == [whole[0][0], whole[0][2]]
    assert pixel_weights.border_weights(ids)[0, 1].item() == pytest.approx(10 * np.exp(-4 / 50))
    assert metrics.instance_counts(ids[None], ids[None], thresholds=[0.5]).tolist() == [[2, 0, 0]]


@pytest.mark.parametrize(
    ("labels", "ignore_index", "counted"),
    [
        (np.array([0, 1, 255], np.uint8), 255, 2),
        (np.array([0, 1, 65535], np.uint16), 65535, 2),
        (np.array([0, 1, -1], np.int8), -1, 2),
        (np.array([0, 1, -100], np.int16), -100, 2),
        (np.array([0, 1, 0], np.uint8), 256, 3),  # 256 is 0 modulo 256
        (torch.tensor([0, 1, 0], dtype=torch.uint8), 256, 3),
    ],
)
def test_ignored_is_what_equals_the_index_as_a_number(labels, ignore_index, counted):
    preds = np.array([0, 1, 1])
    assert metrics.confusion_matrix(preds, labels, num_classes=2, ignore_index=ignore_index).sum() == counted
    spread = np.zeros((1, 2, 1, 3), np.float32)
    loss = losses.cross_entropy(spread, labels[None, None], reduction="sum", ignore_index=ignore_index)
    assert loss.item() == pytest.approx(counted * np.log(2))
    assert pixel_weights.balanced_weights(labels, 2, ignore_index=ignore_index)[1] == pytest.approx(counted / 2)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, ">f4"])
def test_scores_of_any_float_dtype_give_what_scipy_gives(dtype):
    scores = LOGITS.astype(dtype)
    tolerance = 2e-3 if dtype == np.float16 else 1e-5
    expected = special.log_softmax(scores.astype(float), axis=1)
    np.testing.assert_allclose(ops.log_softmax(scores), expected, atol=tolerance)
    np.testing.assert_allclose(ops.softmax(scores), np.exp(expected), atol=tolerance)
    np.testing.assert_allclose(ops.log_sum_exp(scores), special.logsumexp(scores.astype(float), axis=1), atol=tolerance)
    loss = losses.cross_entropy(scores, CLASSES, reduction="sum")
    assert loss.item() == pytest.approx(-np.take_along_axis(expected, CLASSES[:, None], axis=1).sum(), rel=1e-5)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_does_not_stop_the_sum_over_pixels(dtype):
    logits, labels = torch.zeros(1, 2, 64, 64, dtype=dtype), torch.zeros(1, 64, 64, dtype=torch.uint8)
    assert ops.pixel_cross_entropy(logits, labels).item() == pytest.approx(4096 * np.log(2), rel=1e-4)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64", "uint8", "uint16", "int32"])
def test_an_image_keeps_its_dtype_and_is_interpolated_between_its_pixels(dtype):
    image = torch.from_numpy(IMAGE).to(getattr(torch, dtype))
    half = torch.full((2, 6, 6), 0.25, dtype=torch.float64)
    (bent,) = augment.warp(image, displacement=half)
    places = np.mgrid[:6, :6] + 0.25
    expected = np.stack([ndimage.map_coordinates(c.astype(float), places, order=1, mode="mirror") for c in IMAGE])
    assert bent.dtype == image.dtype
    difference = np.abs(bent.double().numpy() - expected).max()
    assert difference <= {"float16": 0.07, "bfloat16": 0.5, "float32": 1e-4, "float64": 1e-12}.get(dtype, 0.5 + 1e-9)


def test_a_layer_of_integers_beside_floats_is_computed_in_floats():
    image, kernel = IMAGE[None, :1].astype(np.uint8), np.full((1, 1, 2, 2), 0.25, np.float32)
    expected = signal.correlate2d(IMAGE[0], kernel[0, 0], mode="valid")
    np.testing.assert_allclose(ops.conv2d(image, torch.from_numpy(kernel))[0, 0], expected, rtol=1e-6)


def test_gradients_flow_where_labels_are_foreign_and_weights_are_learned():
    logits = torch.from_numpy(LOGITS).double().requires_grad_()
    losses.cross_entropy(logits, CLASSES.astype(np.uint16), reduction="sum").backward()
    expected = np.exp(-SURPRISE) - np.moveaxis(np.eye(3)[CLASSES], -1, 1)
    np.testing.assert_allclose(logits.grad, expected, atol=1e-6)


BAD_CALLS = {
    # floats: probabilities, interpolated labels, whole numbers in floats
    "metrics.confusion_matrix(torch.tensor([0.2, 0.9]), A, num_classes=2)": "preds must hold whole numbers: got dtype torch.float32 with 0.2 in it (probabilities? interpolated?)",
    "metrics.confusion_matrix(A, np.array([0, 0.5]), num_classes=2)": "labels must hold whole numbers: got dtype float64 with 0.5 in it (probabilities? interpolated?)",
    "metrics.confusion_matrix(A, np.array([0, np.nan]), num_classes=2)": "labels must hold whole numbers: got dtype float64 with nan in it (probabilities? interpolated?)",
    "metrics.confusion_matrix(A, torch.tensor([0.0, 1.0]), num_classes=2)": "labels must hold whole numbers: got dtype torch.float32; labels.long() converts it",
    "metrics.confusion_matrix(A, np.array([0.0, 1.0]), num_classes=2)": "labels must hold whole numbers: got dtype float64; labels.astype(int) converts it",
    "metrics.iou(np.array([[0.9, 0.1], [0, 1]]))": "confusion must hold whole numbers: got dtype float64 with 0.9 in it (probabilities? interpolated?)",
    "metrics.connected_components(torch.tensor([[[0.2]]]))": "mask must hold True and False: got dtype torch.float32; mask > 0.5, for one, converts it",
    "losses.cross_entropy(L, np.zeros((1, 1, 2)), reduction='sum')": "labels must hold whole numbers: got dtype float64; labels.astype(int) converts it",
    "losses.cross_entropy(A, L, reduction='sum')": "logits must hold floats: got dtype int64",
    "losses.soft_dice_loss(torch.zeros(1, 2, 1, 2).long(), Z)": "logits must hold floats: got dtype torch.int64",
    "ops.softmax(np.zeros((1, 2), np.uint8))": "logits must hold floats: got dtype uint8",
    "views.contiguous_ids(np.full((1, 2), 1.5))": "instances must hold whole numbers: got dtype float64 with 1.5 in it (probabilities? interpolated?)",
    "pixel_weights.weight_map(np.ones((1, 2), np.float16))": "instances must hold whole numbers: got dtype float16; instances.astype(int) converts it",
    "plot.show_labels(np.array([[0, 0.5]]), ['a', 'b'], alt='')": "labels must hold whole numbers: got dtype float64 with 0.5 in it (probabilities? interpolated?)",
    # values that are none of what is meant
    "metrics.confusion_matrix(A, np.array([0, 156], np.uint8), num_classes=2)": "labels hold 156 at [1], which is none of 2 classes (0 … 1) and not ignore_index -100",
    "losses.cross_entropy(L, np.array([[[1, 254]]], np.uint8), reduction='sum', ignore_index=255)": "labels hold 254 at [0, 0, 1], which is none of 2 classes (0 … 1) and not ignore_index 255",
    "ops.pixel_cross_entropy(L, np.array([[[0, 3]]], np.uint32))": "labels hold 3 at [0, 0, 1], which is none of 2 classes (0 … 1) and not ignore_index -100",
    "metrics.boundary_counts(Z, np.array([[[0, 9]]], np.uint16), num_classes=2, tolerance=1)": "labels hold 9 at [0, 0, 1], which is none of 2 classes (0 … 1) and not ignore_index -100",
    "pixel_weights.balanced_weights(np.array([0, 255], np.uint8), 2)": "labels hold 255 at [1], which is none of 2 classes (0 … 1) and not ignore_index -100",
    "plot.show_labels(np.array([[0, 255]], np.uint8), ['a', 'b'], alt='')": "labels hold 255 at [0, 1], which is none of 2 classes (0 … 1)",
    "metrics.connected_components(np.array([[[0, 1, 2]]], np.uint8))": "mask must hold 0 and one other value: got 1 and 2; mask == 1, for one, chooses a class",
    "views.contiguous_ids(np.array([[2**63]], np.uint64))": "instances must not exceed 9223372036854775807 (int64): got 9223372036854775808",
    "pixel_weights.carve_touching(torch.from_numpy(np.array([[2**64 - 1]], np.uint64)))": "instances must not exceed 9223372036854775807 (int64): got 18446744073709551615",
    "metrics.instance_counts(Z - 1, Z)": "preds must be at least 0 (0 = background): got -1",
    "views.bounding_boxes(np.array([[True]]))": "instances must hold whole numbers, one for each object: got dtype bool; metrics.connected_components numbers the pieces of a mask",
    "plot.show_instances(np.array([[True]]), alt='')": "instances must hold whole numbers, one for each object: got dtype bool; metrics.connected_components numbers the pieces of a mask",
    "views.semantic_labels(np.array([[3]], np.uint8), np.array([0, 1], np.uint8))": "instances hold id 3, classes end at id 1",
    "losses.cross_entropy(L, Z, np.array([[[1.0, -0.5]]]), reduction='sum')": "weight_map must hold finite numbers of at least 0: got -0.5",
    "losses.cross_entropy(L, Z, torch.tensor([[[1.0, float('nan')]]]), reduction='sum')": "weight_map must hold finite numbers of at least 0: got nan",
    "ops.pixel_cross_entropy(L, Z, np.array([[[np.inf, 1]]]))": "weight_map must hold finite numbers of at least 0: got inf",
    "metrics.confusion_matrix(A, A, num_classes=2, ignore_index=None)": "returned",  # as in plots: all pixels count
    "metrics.confusion_matrix(A, A, num_classes=2, ignore_index=255.0)": "ignore_index must be a whole number: got 255.0",
    "augment.flip(np.zeros((2, 2), bool), generator=G)": "image must hold numbers: got dtype bool, which is a mask",
    # containers
    "metrics.confusion_matrix([0, 1], A, num_classes=2)": "preds must be a tensor or a NumPy array: got list; np.asarray(preds) may convert it",
    "losses.cross_entropy(L, Image.new('L', (2, 1)), reduction='sum')": "labels must be a tensor or a NumPy array: got Image; np.asarray(labels) may convert it",
    "ops.conv1d(None, L)": "x must be a tensor or a NumPy array: got NoneType; np.asarray(x) may convert it",
    "augment.flip('cat.png', generator=G)": "image must be a tensor or a NumPy array: got str; np.asarray(image) may convert it",
    "metrics.confusion_matrix(A, np.ma.masked_equal(A, 1), num_classes=2)": "labels must have a value everywhere: got 1 masked; labels.filled(…) says which",
    "views.contiguous_ids(torch.eye(2).long().to_sparse())": "instances must be dense: got layout torch.sparse_coo; instances.to_dense() converts it",
    "views.contiguous_ids(np.array([['a']]))": "instances must hold real numbers: got dtype <U1",
    "pixel_weights.weight_map(np.array([[None]]))": "instances must hold real numbers: got dtype object",
    "ops.conv2d(torch.ones(1, 1, 1, 1).cfloat(), torch.ones(1, 1, 1, 1))": "x must hold real numbers: got dtype torch.complex64",
    "plot.show_image(np.ones((2, 2), complex), alt='')": "image must hold real numbers: got dtype complex128",
    "plot.show_image(np.zeros((4, 5, 3), np.uint8), alt='')": "an image must be (H, W) or (3, H, W) and not empty: got shape (4, 5, 3); image.transpose(2, 0, 1) puts channels first",
    "plot.show_image([[1, 2]], alt='')": "image must be a tensor or a NumPy array: got list; np.asarray(image) may convert it",
}
PREPARE = """\
import numpy as np, torch; from PIL import Image; from segbook import losses, metrics, ops, pixel_weights, plot
from segbook.data import augment, views
A, G, L, Z = np.array([0, 1]), np.random.default_rng(0), torch.zeros(1, 2, 1, 2), torch.zeros(1, 1, 2).long()
"""


@pytest.mark.parametrize("call", BAD_CALLS)
def test_what_does_not_fit_is_named_with_what_would(call, said):
    if BAD_CALLS[call] == "returned":
        assert said[call].startswith("returned")
    else:
        assert said[call] == BAD_CALLS[call]
