"""Chapter 7: for every clause of a prompt, an answer that is right but for that clause, and the group that shows it."""

import numpy as np
import torch
from scipy import ndimage
from torch import nn
from torch.nn import functional as F

from segbook.exercises import get

legal, ledger, double, f_score, build = (get(id).solution for id in ("7.1", "7.2", "7.3", "7.4", "7.5"))


def ledger_by(down, up=lambda size: 2 * size):
    def answer(input_size, *, depth):
        sizes = [input_size]
        for _ in range(depth):
            sizes.append(down(sizes[-1]))
        for _ in range(depth):
            sizes.append(up(sizes[-1]))
        return np.array(sizes)

    return answer


def double_with_border(mode):
    return lambda image: double(np.pad(image, 1, mode=mode))[2:-2, 2:-2]


def f_by(edge=None, near=lambda d2, tolerance: np.sqrt(d2) <= tolerance, mean=None):
    def four(mask):
        wide = np.pad(mask, 1, mode="edge")
        return mask & ~(wide[:-2, 1:-1] & wide[2:, 1:-1] & wide[1:-1, :-2] & wide[1:-1, 2:])

    def answer(pred, truth, *, tolerance):
        a, b = (np.argwhere((edge or four)(mask)) for mask in (pred, truth))
        found = near(((a[:, None] - b) ** 2).sum(axis=2), tolerance)
        precision, recall = found.any(axis=1).mean(), found.any(axis=0).mean()
        if mean:
            return float(mean(precision, recall))
        return float(2 * precision * recall / (precision + recall)) if precision + recall else 0.0

    return answer


def edge_by_eight(mask):
    return mask & (ndimage.minimum_filter(mask.astype(int), 3, mode="nearest") == 0)


def edge_of_box(mask):
    y, x = np.nonzero(mask)
    box = np.zeros_like(mask)
    box[y.min() : y.max() + 1, x.min() : x.max() + 1] = True
    return box & ~ndimage.binary_erosion(box, border_value=1)


def edge_without_holes(mask):
    return mask & ~ndimage.binary_erosion(ndimage.binary_fill_holes(mask), border_value=1)


def edge_outside(mask):
    return ~mask & ndimage.binary_dilation(mask)


def edge_along_rows(mask):
    wide = np.pad(mask, ((0, 0), (1, 1)), mode="edge")
    return mask & ~(wide[:, :-2] & wide[:, 2:])


def edge_with_frame(mask):
    return mask & ~ndimage.binary_erosion(mask)


def edge_never_on_frame(mask):
    inner = np.zeros_like(mask)
    inner[1:-1, 1:-1] = True
    return mask & ~ndimage.binary_erosion(mask, border_value=1) & inner


def filled(layer, wave=torch.cos, transpose=False, bias=True):
    for values in layer.double().parameters():
        row = 0.4 * wave(torch.arange(values.numel()).double())
        shape = values.shape
        if transpose and len(shape) == 4:
            values.data = row.reshape(shape[1], shape[0], *shape[2:]).transpose(0, 1).contiguous()
        else:
            values.data = row.reshape(shape) * (bias or len(shape) == 4)
    return layer


def network_by(
    *,
    border="zeros",
    taps=3,
    between=torch.relu,
    after=torch.relu,
    channels=lambda level, width, depth: width << level,
    pool=lambda x: F.max_pool2d(x, 2),
    up=2,
    behind=lambda x: x,
    last=lambda x: x,
    **filling,
):
    """Build the network in torch, with one of its parts changed."""

    def stage(x, many):
        first = filled(nn.Conv2d(x.shape[1], many, taps, padding=taps // 2, padding_mode=border), **filling)
        second = filled(nn.Conv2d(many, many, taps, padding=taps // 2, padding_mode=border), **filling)
        return after(second(between(first(x))))

    @torch.no_grad()
    def answer(image, *, num_classes, width, depth):
        x = torch.from_numpy(image)[None].double()
        for level in range(depth):
            x = pool(stage(x, channels(level, width, depth)))
        x = stage(x, channels(depth, width, depth))
        for level in reversed(range(depth)):
            many = channels(level, width, depth)
            x = behind(filled(nn.ConvTranspose2d(x.shape[1], many, up, stride=2, padding=(up - 2) // 2), **filling)(x))
            x = stage(x, many)
        return last(filled(nn.Conv2d(x.shape[1], num_classes, 1), **filling)(x))[0].numpy()

    return answer


def cut(x):
    """Pool, and throw away the first row and column of an odd size instead of the last."""
    return F.max_pool2d(x[..., x.shape[-2] % 2 :, x.shape[-1] % 2 :], 2)


def identity(x):
    return x


def kept_by_the_stage(image, *, num_classes, width, depth):
    """Halve the channels in the stage and not in the transposed convolution before it."""
    x = torch.from_numpy(image)[None].double()
    with torch.no_grad():
        for level in range(depth + 1):
            if level:
                x = F.max_pool2d(x, 2)
            for _ in range(2):
                x = torch.relu(filled(nn.Conv2d(x.shape[1], width << level, 3, padding=1))(x))
        for level in reversed(range(depth)):
            x = filled(nn.ConvTranspose2d(x.shape[1], x.shape[1], 2, stride=2))(x)
            for _ in range(2):
                x = torch.relu(filled(nn.Conv2d(x.shape[1], width << level, 3, padding=1))(x))
        return filled(nn.Conv2d(width, num_classes, 1))(x)[0].numpy()


CLAUSES = {
    "7.1": [
        ("if the poolings leave no remainder at *any* level", "more levels", lambda limit, *, depth: np.arange(2 * depth, limit + 1, 2 * depth)),
        ("if the poolings leave no remainder at *any* level", "one or two levels", lambda limit, *, depth: np.arange(2, limit + 1, 2)),
        ("halves its map at every level", "more levels", lambda limit, *, depth: legal(limit, depth=min(depth, 3))),
        ("all legal sizes", "one or two levels", lambda limit, *, depth: np.array([2**n for n in range(depth, 12) if 2**n <= limit], int)),
        ("from 1 to `limit`", "one or two levels", lambda limit, *, depth: np.append(0, legal(limit, depth=depth))),
        ("`limit` included", "limit", lambda limit, *, depth: legal(limit - 1, depth=depth)),
        ("in rising order", "more levels", lambda limit, *, depth: legal(limit, depth=depth)[::-1]),
        ("It may be empty", "limit", lambda limit, *, depth: np.append(2**depth, legal(limit, depth=depth)[1:])),
    ],
    "7.2": [
        ("halves a size and, if the size is odd, drops the last place", "odd", ledger_by(lambda size: -(-size // 2))),
        ("halves a size and, if the size is odd, drops the last place", "odd", ledger_by(lambda size: round(size / 2))),
        ("halves a size and, if the size is odd, drops the last place", "odd later", lambda input_size, *, depth: np.array([*ledger(input_size, depth=depth)[: depth + 1], *[round(input_size / 2**n) for n in range(depth - 1, -1, -1)]])),
        ("doubles a size and cannot know what was dropped", "odd later", lambda input_size, *, depth: np.concatenate([(down := ledger(input_size, depth=depth)[: depth + 1]), down[-2::-1]])),
        ("the number of poolings", "legal", lambda input_size, *, depth: ledger(input_size, depth=depth - 1)),
        ("the number of poolings", "legal", lambda input_size, *, depth: ledger(input_size, depth=max(depth, 2))),
        ("as an array of whole numbers", "odd", ledger_by(lambda size: size / 2)),
        ("the input, what each pooling gives down to the bottleneck, then what each doubling gives", "legal", lambda input_size, *, depth: ledger(input_size, depth=depth)[1:]),
        ("It has `2 * depth + 1` entries", "legal", lambda input_size, *, depth: np.insert(ledger(input_size, depth=depth), depth, input_size >> depth)),
    ],
    "7.3": [
        ("each half takes ¾ of its own pixel and ¼ of the neighbour on its side", "general", lambda image: np.repeat(np.repeat(image, 2, 0), 2, 1) if image.size > 1 else double(image)),
        ("the neighbour on its side", "general", lambda image: double(image[::-1, ::-1])[::-1, ::-1].reshape(2 * image.shape[0], -1, 2)[..., ::-1].reshape(2 * image.shape[0], -1)),
        ("At the border, where there is no neighbour, the pixel itself takes its place", "general", double_with_border("reflect")),
        ("At the border, where there is no neighbour, the pixel itself takes its place", "flat", double_with_border("constant")),
        ("At the border, where there is no neighbour, the pixel itself takes its place", "general", double_with_border("wrap")),
        ("doubled along one axis, then along the other", "general", lambda image: np.repeat(double(image)[::2], 2, axis=0)),
        ("`image` of shape `(H, W)`", "general", lambda image: double(image).T.reshape(2 * image.shape[0], -1)),
        ("`image` of shape `(H, W)`", "general", lambda image: np.clip(double(image), 0, 255)),
        ("return an array of shape `(2 * H, 2 * W)`", "flat", lambda image: double(image)[1:-1, 1:-1]),
    ],
    "7.4": [
        ("at least one of its four neighbours in the image is outside the mask", "exact", f_by(edge_by_eight)),
        ("at least one of its four neighbours in the image is outside the mask", "tolerance", f_by(edge_by_eight)),
        ("at least one of its four neighbours in the image is outside the mask", "exact", f_by(edge_along_rows)),
        ("at least one of its four neighbours in the image is outside the mask", "exact", f_by(edge_of_box)),
        ("at least one of its four neighbours in the image is outside the mask", "exact", f_by(edge_without_holes)),
        ("A pixel of a mask is a boundary pixel", "exact", f_by(edge_outside)),
        ("The border of the image makes no boundary", "image border", f_by(edge_with_frame)),
        ("The border of the image makes no boundary", "image border", f_by(edge_never_on_frame)),
        ("at most `tolerance` away", "tolerance", f_by(near=lambda d2, t: np.sqrt(d2) < t)),
        ("at most `tolerance` away", "tolerance", f_by(near=lambda d2, t: d2 <= t)),
        ("at most `tolerance` away", "tolerance", f_by(near=lambda d2, t: np.sqrt(d2) <= round(t))),
        ("at most `tolerance` away", "tolerance", f_by(near=lambda d2, t: np.sqrt(d2) <= min(t, 1.5))),
        ("the share of the predicted boundary pixels that are found among the true ones", "exact", f_by(mean=lambda p, r: p)),
        ("the share of the true ones that are found among the predicted ones", "exact", f_by(mean=lambda p, r: r)),
        ("The F-score is their harmonic mean", "exact", f_by(mean=lambda p, r: (p + r) / 2)),
        ("or 0 where both are 0", "all or nothing", f_by(mean=lambda p, r: 2 * p * r / (p + r))),
        ("or 0 where both are 0", "all or nothing", f_by(mean=lambda p, r: 2 * p * r / (p + r) if p + r else 1.0)),
    ],
    "7.5": [
        ("for any depth", "deeper", lambda image, *, num_classes, width, depth: build(image, num_classes=num_classes, width=width, depth=min(depth, 2))),
        ("for any depth", "deeper", lambda image, *, num_classes, width, depth: build(image, num_classes=num_classes, width=width, depth=1)),
        ("A stage is two 3 × 3 convolutions", "depth 1", network_by(taps=5)),
        ("with a border of zeros", "depth 1", network_by(border="replicate")),
        ("with a border of zeros", "depth 1", network_by(border="circular")),
        ("each followed by a ReLU", "depth 1", network_by(between=identity)),
        ("each followed by a ReLU", "depth 1", network_by(after=identity)),
        ("each followed by a ReLU", "depth 1", network_by(between=F.leaky_relu, after=F.leaky_relu)),
        ("a 2 × 2 max pooling of stride 2", "depth 1", network_by(pool=lambda x: F.avg_pool2d(x, 2))),
        ("a 2 × 2 max pooling of stride 2", "depth 1", network_by(pool=lambda x: x[..., ::2, ::2][..., : x.shape[-2] // 2, : x.shape[-1] // 2])),
        ("a 2 × 2 max pooling of stride 2", "depth 1", network_by(pool=lambda x: F.max_pool2d(x, 3, stride=2, padding=1)[..., : x.shape[-2] // 2, : x.shape[-1] // 2])),
        ("the first stage has `width` channels", "depth 1", network_by(channels=lambda level, width, depth: 2 * width << level)),
        ("every next one twice as many", "deeper", network_by(channels=lambda level, width, depth: width * (level + 1))),
        ("every next one twice as many", "depth 1", network_by(channels=lambda level, width, depth: width)),
        ("with `width * 2**depth` channels", "deeper", network_by(channels=lambda level, width, depth: width << min(level, depth - 1))),
        ("a 2 × 2 transposed convolution of stride 2", "depth 1", network_by(up=4)),
        ("without a ReLU, that halves the channels", "depth 1", network_by(behind=torch.relu)),
        ("that halves the channels", "depth 1", kept_by_the_stage),
        ("to `num_classes` scores", "channels", lambda image, *, num_classes, width, depth: build(image, num_classes=2, width=width, depth=depth)),
        ("Last comes a 1 × 1 convolution to `num_classes` scores, without a ReLU", "depth 1", network_by(last=torch.relu)),
        ("Last comes a 1 × 1 convolution to `num_classes` scores", "depth 1", network_by(last=lambda x: x.softmax(dim=1))),
        ("All layers have biases", "depth 1", network_by(bias=False)),
        ("Weights have torch's shapes", "depth 1", network_by(transpose=True)),
        ("0.4 · cos 0, 0.4 · cos 1, 0.4 · cos 2", "depth 1", network_by(wave=torch.sin)),
        ("0.4 · cos 0, 0.4 · cos 1, 0.4 · cos 2", "depth 1", network_by(wave=lambda n: torch.cos(n + 1))),
        ("Compute in double precision", "deeper", lambda image, **options: build(image, **options).astype(np.float16)),
        ("an `image` of shape `(C, H, W)`", "channels", lambda image, **options: build(image[:1], **options)),
        ("an `image` of shape `(C, H, W)`", "channels", lambda image, **options: build(image.mean(axis=0, keepdims=True), **options)),
        ("return the scores, `(num_classes, H, W)`", "channels", lambda image, **options: build(image, **options)[:, ::-1]),
        ("return the scores, `(num_classes, H, W)`", "depth 1", lambda image, **options: build(image, **options).argmax(axis=0)),
        ("each pooling drops the last row or column of an odd number", "remainder", network_by(pool=cut)),
        ("each pooling drops the last row or column of an odd number", "remainder", network_by(pool=lambda x: F.max_pool2d(x, 2, ceil_mode=True))),
        ("nothing puts them back", "remainder", lambda image, **options: np.pad(scores := build(image, **options), [(0, 0), *((0, size - kept) for size, kept in zip(image.shape[1:], scores.shape[1:], strict=True))])),
    ],
}  # fmt: skip
