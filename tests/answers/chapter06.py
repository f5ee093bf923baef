"""Right answers to the exercises of chapter 6 that other people would write."""

import numpy as np


def matrix_by_unit_vectors(weight, input_size, *, stride, padding):
    columns = [np.correlate(np.pad(unit, padding), weight, "valid")[::stride] for unit in np.eye(input_size)]
    return np.stack(columns, axis=1)


def matrix_by_rows(weight, input_size, stride=1, padding=0):
    padded = input_size + 2 * padding
    starts = range(0, padded - len(weight) + 1, stride)
    rows = [np.concatenate([np.zeros(s), weight, np.zeros(padded - s - len(weight))]) for s in starts]
    return np.array(rows)[:, padding : padding + input_size]


def stamps_by_add_at(x, weight, *, stride, padding):
    where = np.arange(len(x))[:, None] * stride + np.arange(len(weight))
    y = np.zeros(where.max() + 1)
    np.add.at(y, where, np.outer(x, weight))
    return y[padding : len(y) - padding]


def stamps_by_matrix(x, weight, *, stride, padding):
    size = (len(x) - 1) * stride - 2 * padding + len(weight)
    return matrix_by_rows(weight, size, stride, padding).T @ x


def stamps_by_convolve(x, weight, *, stride, padding):
    spread = np.kron(x, np.eye(1, stride)[0])[: (len(x) - 1) * stride + 1]
    full = np.convolve(spread, weight)
    return full[padding : full.size - padding].astype(np.float32)


def stamps_by_gather(x, weight, *, stride, padding):
    size = (len(x) - 1) * stride - 2 * padding + len(weight)
    y = [0.0] * size
    for n in range(size):
        for i in range(len(x)):
            tap = n + padding - i * stride
            if 0 <= tap < len(weight):
                y[n] += x[i] * weight[tap]
    return np.array(y)


def size_by_counting(input_size, kernel_size, *, stride, padding, dilation):
    written = {i * stride + tap * dilation for i in range(input_size) for tap in range(kernel_size)}
    return max(written) + 1 - padding - padding


def size_from_numpy(input_size, kernel_size, *, stride, padding, dilation):
    return np.int64(stride) * (input_size - 1) + dilation * (kernel_size - 1) + 1 - 2 * padding


def output_padding_by_remainder(input_size, kernel_size, *, stride, padding):
    return (input_size + 2 * padding - kernel_size) % stride


def output_padding_by_trial(input_size, kernel_size, *, stride, padding):
    for extra in range(stride):
        if (input_size + 2 * padding - kernel_size - extra) % stride == 0:
            return extra
    return None


def matrix_by_diagonals(weight, input_size, *, stride, padding):
    padded = input_size + 2 * padding
    full = sum(np.eye(padded - len(weight) + 1, padded, k=tap) * value for tap, value in enumerate(weight))
    return full[::stride, padding : padding + input_size]


def matrix_by_comparing_places(weight, input_size, *, stride, padding):
    rows = (input_size + 2 * padding - len(weight)) // stride + 1
    tap = np.arange(input_size) + padding - stride * np.arange(rows)[:, None]
    inside = (tap >= 0) & (tap < len(weight))
    return np.where(inside, weight[np.where(inside, tap, 0)], 0)


def matrix_by_add_at(weight, input_size, *, stride, padding):
    rows = (input_size + 2 * padding - len(weight)) // stride + 1
    n, j = np.indices((rows, len(weight)))
    wide = np.zeros((rows, input_size + 2 * padding), np.float32)
    np.add.at(wide, (n, n * stride + j), np.broadcast_to(weight, (rows, len(weight))))
    return wide[:, padding:][:, :input_size]


def matrix_in_lists(weight, input_size, *, stride, padding):
    starts = range(-padding, input_size + padding - len(weight) + 1, stride)
    taps = [float(tap) for tap in weight]
    return [[taps[i - s] if 0 <= i - s < len(taps) else 0.0 for i in range(input_size)] for s in starts]


def size_by_adding_steps(input_size, kernel_size, *, stride, padding, dilation):
    size = 1
    for _ in range(input_size - 1):
        size += stride
    for _ in range(kernel_size - 1):
        size += dilation
    return size - 2 * padding


def size_by_inverting_the_convolution(input_size, kernel_size, *, stride, padding, dilation):
    size = 0
    while (size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1 < input_size:
        size += 1
    return size


def size_of_a_written_signal(input_size, kernel_size, *, stride, padding, dilation):
    starts, taps = stride * np.arange(input_size), dilation * np.arange(kernel_size)
    return int(np.bincount(np.add.outer(starts, taps).ravel()).size) - 2 * padding


def size_by_recursion_over_samples(input_size, kernel_size, *, stride, padding, dilation):
    if input_size > 1:
        less = size_by_recursion_over_samples(
            input_size - 1, kernel_size, stride=stride, padding=padding, dilation=dilation
        )
        return less + stride
    return np.int16(kernel_size + (kernel_size - 1) * (dilation - 1) - 2 * padding)


def output_padding_by_laying_windows(input_size, kernel_size, *, stride, padding):
    end = kernel_size
    while end + stride <= input_size + 2 * padding:
        end += stride
    return input_size + 2 * padding - end


def output_padding_by_searching_smaller_sizes(input_size, kernel_size, *, stride, padding):
    def after(size):
        return (size + 2 * padding - kernel_size) // stride

    extra = 0
    while after(input_size - extra - 1) == after(input_size):
        extra += 1
    return np.int64(extra)


def output_padding_by_divmod(input_size, kernel_size, *, stride, padding):
    return divmod(input_size + 2 * padding - kernel_size, stride)[1]


def output_padding_by_slices(input_size, kernel_size, *, stride, padding):
    starts = np.arange(input_size + 2 * padding - kernel_size + 1)
    return len(starts) - 1 - int(starts[::stride][-1])


def spread_by_pushing(x, weight, *, stride, padding):
    wide = np.zeros((len(x), stride))
    wide[:, 0] = x
    wide = wide.ravel()[: (len(x) - 1) * stride + 1]
    border = len(weight) - 1 - padding
    wide = np.pad(wide, border) if border >= 0 else wide[-border:border]
    return np.correlate(wide, weight[::-1], "valid")


def spread_by_fourier(x, weight, *, stride, padding):
    size = (len(x) - 1) * stride + len(weight)
    wide = np.zeros(size)
    wide[: (len(x) - 1) * stride + 1 : stride] = x
    full = np.fft.ifft(np.fft.fft(wide) * np.fft.fft(weight, size)).real
    return full[padding : size - padding]


def spread_by_windows(x, weight, *, stride, padding):
    k = len(weight)
    wide = np.concatenate([[sample, *[0.0] * (stride - 1)] for sample in x])[: (len(x) - 1) * stride + 1]
    wide = np.concatenate([np.zeros(k - 1), wide, np.zeros(k - 1)])
    rows = np.lib.stride_tricks.sliding_window_view(wide, k)
    return np.einsum("nk,k->n", rows, weight[::-1])[padding : len(rows) - padding]


def spread_by_polynomials(x, weight, *, stride, padding):
    """Multiplies two polynomials; one of them has a power of the stride for each sample."""
    one = [0.0] * ((len(x) - 1) * stride + 1)
    one[::stride] = x.tolist()
    product = [0.0] * (len(one) + len(weight) - 1)
    for i, a in enumerate(one):
        for j, b in enumerate(weight.tolist()):
            product[i + j] += a * b
    return product[padding : len(product) - padding]


ALLOWED = {
    "6.1": (
        matrix_by_unit_vectors,
        matrix_by_rows,
        matrix_by_diagonals,
        matrix_by_comparing_places,
        matrix_by_add_at,
        matrix_in_lists,
    ),
    "6.2": (
        stamps_by_add_at,
        stamps_by_matrix,
        stamps_by_convolve,
        stamps_by_gather,
        spread_by_fourier,
        spread_by_polynomials,
    ),
    "6.3": (
        size_by_counting,
        size_from_numpy,
        size_by_adding_steps,
        size_by_inverting_the_convolution,
        size_of_a_written_signal,
        size_by_recursion_over_samples,
    ),
    "6.4": (
        output_padding_by_remainder,
        output_padding_by_trial,
        output_padding_by_laying_windows,
        output_padding_by_searching_smaller_sizes,
        output_padding_by_divmod,
        output_padding_by_slices,
    ),
    "6.5": (
        stamps_by_add_at,
        stamps_by_convolve,
        spread_by_pushing,
        spread_by_fourier,
        spread_by_windows,
        spread_by_polynomials,
    ),
}

NOT_ALLOWED = {}
