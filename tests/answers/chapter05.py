"""Right answers to the exercises of chapter 5 that other people would write."""

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def size_by_counting(input_size, kernel_size, *, stride, padding, dilation):
    places = range(0, input_size + 2 * padding, stride)
    return sum(start + dilation * (kernel_size - 1) < input_size + 2 * padding for start in places)


def size_from_numpy(input_size, kernel_size, *, stride=1, padding=0, dilation=1):
    room = input_size + 2 * padding - dilation * (kernel_size - 1) - 1
    return np.int64(np.floor(room / stride)) + 1


def size_by_formula_of_ceil(input_size, kernel_size, *, stride, padding, dilation):
    return -(-(input_size + 2 * padding - dilation * (kernel_size - 1)) // stride)


def convolution_by_correlate(x, weight, *, stride):
    return np.correlate(x, weight, "valid")[::stride]


def convolution_by_windows(x, weight, *, stride):
    return (sliding_window_view(x, len(weight))[::stride] @ weight).astype(np.float32)


def convolution_by_taps(x, weight, *, stride):
    starts = np.arange(0, len(x) - len(weight) + 1, stride)
    return sum(tap * x[starts + j] for j, tap in enumerate(weight))


def convolution_by_flipping(x, weight, *, stride):
    return np.convolve(x, weight[::-1], mode="valid")[::stride]


def unread_by_counts(input_size, kernel_size, *, stride, padding, dilation):
    starts = np.arange(-padding, input_size + padding - dilation * (kernel_size - 1), stride)
    places = starts[:, None] + dilation * np.arange(kernel_size)
    return ~np.isin(np.arange(input_size), places)


def unread_by_sets(input_size, kernel_size, *, stride, padding, dilation):
    read, start = set(), -padding
    while start + dilation * (kernel_size - 1) < input_size + padding:
        read |= {start + dilation * j for j in range(kernel_size)}
        start += stride
    return np.array([i not in read for i in range(input_size)])


def wheel_by_angles(turns, spokes, frames):
    step = 2 * np.pi * turns * spokes / frames
    return np.angle(np.exp(1j * step)) * frames / (2 * np.pi * spokes)


def wheel_by_shifted_remainder(turns, spokes, frames):
    fastest = frames / spokes
    return (turns + fastest / 2) % fastest - fastest / 2


def size_by_sliding(input_size, kernel_size, *, stride, padding, dilation):
    start, count = -padding, 0
    while start + dilation * (kernel_size - 1) <= input_size + padding - 1:
        start, count = start + stride, count + 1
    return count


def size_of_an_output(input_size, kernel_size, *, stride, padding, dilation):
    kernel = np.zeros(dilation * (kernel_size - 1) + 1)
    signal = np.zeros(input_size + 2 * padding)
    return np.lib.stride_tricks.sliding_window_view(signal, kernel.size)[::stride].shape[0]


def size_by_divmod(input_size, kernel_size, *, stride, padding, dilation):
    gaps, _ = divmod(input_size + padding * 2 - 1 - (kernel_size - 1) * dilation, stride)
    return np.array(gaps + 1)


def convolution_in_lists(x, weight, *, stride):
    values, taps = x.tolist(), weight.tolist()
    last = len(values) - len(taps)
    return [sum(v * w for v, w in zip(values[n:], taps, strict=False)) for n in range(0, last + 1, stride)]


def convolution_by_fourier(x, weight, *, stride):
    size = len(x) + len(weight)
    full = np.fft.irfft(np.fft.rfft(x, size) * np.fft.rfft(weight[::-1], size), size)
    return full[len(weight) - 1 : len(x)][::stride]


def convolution_by_matrix(x, weight, *, stride):
    matrix = np.array(
        [np.eye(len(x))[n : n + len(weight)].T @ weight for n in range(0, len(x) - len(weight) + 1, stride)]
    )
    return matrix @ x


def unread_by_index_table(input_size, kernel_size, *, stride, padding, dilation):
    count = (input_size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1
    places = np.add.outer(stride * np.arange(count), dilation * np.arange(kernel_size)) - padding
    places = places[(places >= 0) & (places < input_size)]
    return np.bincount(places, minlength=input_size) == 0


def unread_by_asking_each_sample(input_size, kernel_size, *, stride, padding, dilation):
    last = input_size + 2 * padding - dilation * (kernel_size - 1) - 1

    def read(i):
        starts = (i + padding - j * dilation for j in range(kernel_size))
        return any(0 <= start <= last and start % stride == 0 for start in starts)

    return [not read(i) for i in range(input_size)]


def unread_by_transposed_convolution(input_size, kernel_size, *, stride, padding, dilation):
    count = (input_size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1
    starts = np.zeros(input_size + 2 * padding)
    starts[: count * stride : stride] = 1
    kernel = np.zeros(dilation * (kernel_size - 1) + 1)
    kernel[::dilation] = 1
    written = np.convolve(starts, kernel)[padding : padding + input_size]
    return written < 0.5


def unread_by_poking(input_size, kernel_size, *, stride, padding, dilation):
    """Sends each sample alone through the layer and looks whether anything comes out."""
    kernel = np.zeros(dilation * (kernel_size - 1) + 1)
    kernel[::dilation] = 1
    out = [np.correlate(np.pad(one, padding), kernel, "valid")[::stride] for one in np.eye(input_size)]
    return ~np.any(out, axis=1)


def wheel_by_trying(turns, spokes, frames):
    candidates = [turns - n * frames / spokes for n in range(100)]
    return min(candidates, key=abs)


def wheel_by_ieee_remainder(turns, spokes, frames):
    return np.float64(math.remainder(turns, frames / spokes))


def wheel_in_degrees(turns, spokes, frames):
    apart = 360 / spokes
    moved = (360 * turns / frames) % apart
    return (moved if moved < apart / 2 else moved - apart) * frames / 360


def wheel_slowed_down(turns, spokes, frames):
    while turns * spokes * 2 > frames:
        turns -= frames / spokes
    return turns


ALLOWED = {
    "5.1": (
        size_by_counting,
        size_from_numpy,
        size_by_formula_of_ceil,
        size_by_sliding,
        size_of_an_output,
        size_by_divmod,
    ),
    "5.2": (
        convolution_by_correlate,
        convolution_by_windows,
        convolution_by_taps,
        convolution_by_flipping,
        convolution_in_lists,
        convolution_by_fourier,
        convolution_by_matrix,
    ),
    "5.3": (
        unread_by_counts,
        unread_by_sets,
        unread_by_index_table,
        unread_by_asking_each_sample,
        unread_by_transposed_convolution,
        unread_by_poking,
    ),
    "5.4": (
        wheel_by_angles,
        wheel_by_shifted_remainder,
        wheel_by_trying,
        wheel_by_ieee_remainder,
        wheel_in_degrees,
        wheel_slowed_down,
    ),
}

NOT_ALLOWED = {}
