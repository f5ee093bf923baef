"""Chapter 4: for every clause of a prompt, an answer that is right but for that clause, and the group that shows it."""

# ruff: noqa: RUF005 (an answer is written as its author would)

import numpy as np

from segbook.exercises import get

fold, pointwise, window, stitch = (get(id).solution for id in ("4.1", "4.2", "4.3", "4.4"))


def window_with_negatives_cut(kernel_sizes, strides, paddings, *, index):
    return np.maximum(window(kernel_sizes, strides, paddings, index=index), 0)


def window_from(index_of):
    return lambda kernel_sizes, strides, paddings, *, index: window(
        kernel_sizes, strides, paddings, index=index_of(index)
    )


CLAUSES = {
    "4.1": [
        ("channel after channel", "channels", lambda weight, *, in_channels, height, width: weight.reshape(-1, height, width, in_channels).transpose(0, 3, 1, 2)),
        ("within each channel row after row", "one channel", lambda weight, *, in_channels, height, width: weight.reshape(-1, in_channels, width, height).swapaxes(2, 3)),
        ("`(neurons, in_channels, height, width)`", "not square", lambda weight, *, in_channels, height, width: weight.reshape(-1, in_channels, *sorted((height, width)))),
        ("`(neurons, in_channels, height, width)`", "not square", lambda weight, *, in_channels, height, width: weight.reshape(-1, in_channels, *sorted((height, width))[::-1])),
        ("whose kernels are as large as the feature map", "not square", lambda weight, *, in_channels, height, width: weight.reshape(len(weight), in_channels, round((weight.shape[1] / in_channels) ** 0.5), -1)),
        ("Its `weight` has the shape `(neurons, in_channels · height · width)`", "channels", lambda weight, *, in_channels, height, width: weight.T.reshape(-1, in_channels, height, width)),
    ],
    "4.2": [
        ("a kernel of a single pixel", "map", lambda features, weight, bias: pointwise((features + np.roll(features, 1, 2)) / 2, weight, bias)),
        ("with the same weights everywhere", "map", lambda features, weight, bias: pointwise(features * (1 + np.indices(features.shape)[2] / 9), weight, bias)),
        ("a weighted sum of that pixel's features", "map", lambda features, weight, bias: (features.reshape(-1, len(features)) @ weight.T + bias).T.reshape(len(weight), *features.shape[1:])),
        ("a weighted sum of that pixel's features", "one pixel", lambda features, weight, bias: pointwise(features, weight / len(features), bias)),
        ("plus the bias of its class", "bias", lambda features, weight, bias: np.einsum("kd,dhw->khw", weight, features) + np.resize(bias, features.shape[2])),
        ("plus the bias of its class", "bias", lambda features, weight, bias: pointwise(features, weight, np.full_like(bias, bias.mean()))),
        ("`(K, height, width)`", "map", lambda features, weight, bias: pointwise(features, weight, bias).reshape(len(weight), *sorted(features.shape[1:]))),
    ],
    "4.3": [
        ("layer 0 reads the image", "stack", lambda kernel_sizes, strides, paddings, *, index: window(kernel_sizes[::-1], strides[::-1], paddings[::-1], index=index)),
        ("the kernel size `kernel_sizes[l]`", "one layer", lambda kernel_sizes, strides, paddings, *, index: window(kernel_sizes + 1, strides, paddings, index=index)),
        ("the stride `strides[l]`", "one layer", lambda kernel_sizes, strides, paddings, *, index: window(kernel_sizes, np.minimum(strides, 2), paddings, index=index)),
        ("the padding `paddings[l]`", "padding", lambda kernel_sizes, strides, paddings, *, index: window(kernel_sizes, strides, np.minimum(paddings, paddings[0]), index=index)),
        ("score number `index`", "one layer", window_from(lambda index: max(index, 1))),
        ("score number `index`", "stack", window_from(lambda index: max(index, 1))),
        ("With padding the window can begin before pixel 0", "padding", window_with_negatives_cut),
        ("say so with a negative number", "padding", lambda kernel_sizes, strides, paddings, *, index: abs(window(kernel_sizes, strides, paddings, index=index))),
        ("the first and the last pixel of the window", "one layer", lambda kernel_sizes, strides, paddings, *, index: window(kernel_sizes, strides, paddings, index=index) + [0, 1]),
    ],
    "4.4": [
        ("it was run $s \\cdot s$ times", "larger strides", lambda maps, *, height, width: stitch(maps[:2, :2], height=height, width=width)),
        ("cutting off `down` rows at the top and `right` columns on the left", "stride 2", lambda maps, *, height, width: stitch(maps.swapaxes(0, 1), height=height, width=width)),
        ("belongs to the pixel", "larger strides", lambda maps, *, height, width: stitch(maps[-np.arange(len(maps)) % len(maps)][:, -np.arange(len(maps)) % len(maps)], height=height, width=width)),
        ("of shape `(height, width)`", "stride 2", lambda maps, *, height, width: stitch(maps.swapaxes(2, 3), height=height, width=width)),
        ("Where $s$ does not divide the height or the width", "tail", lambda maps, *, height, width: stitch(maps, height=height // len(maps) * len(maps), width=width // len(maps) * len(maps))),
        ("leave those out", "tail", lambda maps, *, height, width: stitch(maps, height=10**6, width=10**6)),
        ("leave those out", "tail", lambda maps, *, height, width: stitch(maps, height=height, width=width) if height % len(maps) and width % len(maps) else stitch(maps, height=10**6, width=10**6)),
        ("the last scores of some maps belong to pixels in the extension", "tail", lambda maps, *, height, width: stitch(maps, height=10**6, width=10**6)[-height:, -width:]),
    ],
}  # fmt: skip
