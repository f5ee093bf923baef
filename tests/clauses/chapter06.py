"""Chapter 6: for every clause of a prompt, an answer that is right but for that clause, and the group that shows it."""

import numpy as np

from segbook.exercises import get

matrix, stamp, size, restoring, spread = (get(id).solution for id in ("6.1", "6.2", "6.3", "6.4", "6.5"))


def matrix_by(place):
    def answer(weight, input_size, *, stride, padding):
        rows = (input_size + 2 * padding - len(weight)) // stride + 1
        found = np.zeros((rows, input_size))
        for row in range(rows):
            for tap in range(len(weight)):
                place(found, row, row * stride + tap - padding, weight[tap])
        return found

    return answer


def wrap(found, row, column, value):
    if column < found.shape[1]:
        found[row, column] = value


def clip(found, row, column, value):
    found[row, min(max(column, 0), found.shape[1] - 1)] += value


def stamps_by_index(x, weight, *, stride, padding):
    y = np.zeros((len(x) - 1) * stride + len(weight))
    places = np.arange(len(x))[:, None] * stride + np.arange(len(weight))
    y[places] += np.outer(x, weight)
    return y[padding : len(y) - padding]


def spread_and_crop(most):
    def answer(x, weight, *, stride, padding):
        return spread(x, weight, stride=stride, padding=min(padding, len(weight) - 1 + most))

    return answer


CLAUSES = {
    "6.1": [
        ("Row $n$ of $W$ holds the kernel at the samples that window $n$ reads", "stride", lambda weight, input_size, *, stride, padding: matrix(weight, input_size, stride=1, padding=padding)[: len(matrix(weight, input_size, stride=stride, padding=padding))]),
        ("Row $n$ of $W$ holds the kernel at the samples that window $n$ reads", "stride", lambda weight, input_size, *, stride, padding: matrix(weight, input_size, stride=min(stride, len(weight)), padding=padding)),
        ("Padding adds zeros to the signal but no columns to $W$", "padding", lambda weight, input_size, *, stride, padding: matrix(weight, input_size + 2 * padding, stride=stride, padding=0)),
        ("a tap that reads a zero adds nothing", "padding", matrix_by(wrap)),
        ("a tap that reads a zero adds nothing", "padding", matrix_by(clip)),
        ("the kernel is not flipped", "basic", lambda weight, input_size, **options: matrix(weight[::-1], input_size, **options)),
        ("return $W$ of shape `(output_size, input_size)`", "stride", lambda weight, input_size, *, stride, padding: np.array([row for row in matrix(weight, input_size, stride=stride, padding=padding).T if row.any()]).T),
        ("return $W$ of shape `(output_size, input_size)`", "basic", lambda weight, input_size, **options: matrix(weight, input_size, **options).T),
        ("`weight` of shape `(kernel_size,)`", "basic", lambda weight, input_size, *, stride, padding: matrix(weight, max(input_size, len(weight) + 1), stride=stride, padding=padding)),
    ],
    "6.2": [
        ("stamps the kernel, scaled by that sample", "separate stamps", lambda x, weight, **options: stamp(x, weight[::-1], **options)),
        ("start `stride` samples apart", "separate stamps", lambda x, weight, *, stride, padding: stamp(x, weight, stride=min(stride, len(weight)), padding=padding)),
        ("where they overlap they add up", "overlap", stamps_by_index),
        ("where they overlap they add up", "overlap", lambda x, weight, **options: stamp(x, weight, **options) / np.maximum(stamp(np.ones_like(x), np.ones_like(weight), **options), 1)),
        ("`padding` samples are cropped from each side", "crop", lambda x, weight, *, stride, padding: stamp(x, weight, stride=stride, padding=0)[padding:]),
        ("`padding` samples are cropped from each side", "crop", lambda x, weight, *, stride, padding: stamp(x, weight, stride=stride, padding=min(padding, len(weight) - 1))),
        ("`padding` samples are cropped from each side", "crop", lambda x, weight, *, stride, padding: stamp(x, weight, stride=stride, padding=padding if stride < len(weight) else 0)),
        ("`padding` samples are cropped from each side", "separate stamps", lambda x, weight, *, stride, padding: stamp(x, weight, stride=stride, padding=0)[padding:-padding]),
        ("to the end of the last one, less the crop", "separate stamps", lambda x, weight, *, stride, padding: np.pad(stamp(x, weight, stride=stride, padding=padding), (0, max(stride - len(weight), 0)))),
        ("everything from the start of the first stamp to the end of the last one", "overlap", lambda x, weight, *, stride, padding: stamp(x, weight, stride=stride, padding=padding)[: len(x) * stride]),
        ("Samples between stamps are 0", "separate stamps", lambda x, weight, *, stride, padding: stamp(x, weight, stride=min(stride, len(weight)), padding=padding)),
    ],
    "6.3": [
        ("Count the samples from the start of the first stamp to the end of the last one", "basic", lambda input_size, kernel_size, *, stride, padding, dilation: input_size * stride - 2 * padding + (dilation * (kernel_size - 1) + 1 - 1)),
        ("Count the samples from the start of the first stamp to the end of the last one", "basic", lambda input_size, kernel_size, *, stride, padding, dilation: input_size * stride + max(dilation * (kernel_size - 1) + 1 - stride, 0) - 2 * padding),
        ("Count the samples from the start of the first stamp to the end of the last one", "basic", lambda input_size, kernel_size, *, stride, padding, dilation: max(input_size - 1, 1) * stride + dilation * (kernel_size - 1) + 1 - 2 * padding),
        ("then subtract those that are cropped", "padding", lambda input_size, kernel_size, *, padding, **rest: size(input_size, kernel_size, padding=0, **rest) - padding),
        ("then subtract those that are cropped", "padding", lambda input_size, kernel_size, *, padding, **rest: size(input_size, kernel_size, padding=min(padding, (kernel_size - 1) // 2), **rest)),
        ("neighbouring taps of the kernel lie $d$ samples apart", "dilation", lambda input_size, kernel_size, *, dilation, stride, padding: (input_size - 1) * stride + dilation * kernel_size - 2 * padding),
        ("neighbouring taps of the kernel lie $d$ samples apart", "dilation", lambda input_size, kernel_size, *, dilation, padding, stride: size(input_size, kernel_size, stride=stride, padding=padding * dilation, dilation=dilation)),
        ("neighbouring taps of the kernel lie $d$ samples apart", "dilation", lambda input_size, kernel_size, *, dilation, **rest: size(input_size, max(kernel_size, 2), dilation=dilation, **rest)),
        ("return a whole number", "basic", lambda *args, **options: size(*args, **options) + 0.5),
        ("There is no `output_padding` here", "basic", lambda input_size, kernel_size, *, stride, **rest: size(input_size, kernel_size, stride=stride, **rest) + stride - 1),
    ],
    "6.4": [
        ("A convolution maps several input sizes to one output size", "basic", lambda input_size, kernel_size, *, stride, padding: 0),
        ("Send $N$ samples through a convolution", "basic", lambda input_size, kernel_size, *, stride, padding: input_size % stride),
        ("Send $N$ samples through a convolution", "basic", lambda input_size, kernel_size, *, stride, padding: min(restoring(input_size, kernel_size, stride=stride, padding=padding), kernel_size - 1)),
        ("with the same kernel size", "basic", lambda input_size, kernel_size, *, stride, padding: (input_size + 2 * padding - 1) % stride),
        ("with the same kernel size, stride and padding", "padding", lambda input_size, kernel_size, *, stride, padding: (input_size - kernel_size) % stride),
        ("with the same kernel size, stride and padding", "padding", lambda input_size, kernel_size, *, stride, padding: (input_size - kernel_size + padding) % stride),
        ("with the same kernel size, stride and padding", "padding", lambda input_size, kernel_size, *, stride, padding: (input_size + 2 * min(padding, (kernel_size - 1) // 2) - kernel_size) % stride),
        ("with the same kernel size, stride and padding", "padding", lambda input_size, kernel_size, *, stride, padding: (max(input_size - kernel_size, 0) + 2 * padding) % stride),
        ("with which the second layer returns $N$ samples", "basic", lambda input_size, kernel_size, *, stride, padding: -restoring(input_size, kernel_size, stride=stride, padding=padding) % stride),
    ],
    "6.5": [
        ("Insert $s-1$ zeros between neighbouring samples", "zeros", lambda x, weight, *, stride, padding: spread(x, weight, stride=stride + 1, padding=padding)),
        ("Insert $s-1$ zeros between neighbouring samples", "zeros", lambda x, weight, *, stride, padding: spread(x, weight, stride=min(stride, 2), padding=padding)),
        ("add $k-1-p$ zeros at each end", "padding", lambda x, weight, *, stride, padding: spread(x, weight, stride=stride, padding=len(weight) - 1 - padding)),
        ("add $k-1-p$ zeros at each end", "padding", lambda x, weight, *, stride, padding: spread(x, weight, stride=stride, padding=0 if stride == 1 else padding)),
        ("crop $p-k+1$ places instead", "crop", spread_and_crop(0)),
        ("crop $p-k+1$ places instead", "crop", spread_and_crop(1)),
        ("crop $p-k+1$ places instead", "crop", lambda x, weight, *, stride, padding: spread(x, weight, stride=stride, padding=padding) if padding < len(weight) else spread(x[1:-1], weight, stride=stride, padding=len(weight) - 1)),
        ("convolve at stride 1", "zeros", lambda x, weight, *, stride, padding: spread(x, weight, stride=stride, padding=padding)[::stride]),
        ("with the kernel flipped", "stride 1", lambda x, weight, **options: spread(x, weight[::-1], **options)),
        ("return the same signal as in exercise 6.2", "zeros", lambda x, weight, *, stride, padding: np.pad(spread(x, weight, stride=stride, padding=padding), (0, stride - 1))),
    ],
}  # fmt: skip
