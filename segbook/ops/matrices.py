"""A convolution as a matrix, twice: built from the kernel, and built from the signal.

Source: notes N5 and N6; Dumoulin & Visin (2016), "A guide to convolution arithmetic for deep learning".
"""

from collections.abc import Sequence
from functools import reduce
from itertools import product

import numpy as np
from jaxtyping import Real
from scipy import sparse

from segbook.inputs import Array, as_array
from segbook.shapes import conv_output_size


def conv_matrix(
    weight: Real[Array, "*kernel"],
    input_size: int | Sequence[int],
    *,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
) -> sparse.csr_array:
    """Write a convolution as a matrix: `conv_matrix(w, N) @ u` is the convolution of u with w.

    Every tap of the kernel contributes one copy of a "reading" matrix, which has a single 1 in each row: the input
    sample that this tap reads for that output. In 2-D the reading matrices of the two axes are multiplied by
    Kronecker's rule, and with channels the block (c_out, c_in) holds the matrix of `weight[c_out, c_in]`.
    Images and channels are flattened in C order, as `u.reshape(-1)` does.

    Its transpose is the transposed convolution: `conv_matrix(…).T @ v` equals torch's `conv_transpose` of v wherever
    output_padding is smaller than the stride. torch also accepts a larger one when the dilation is larger still;
    the convolution of that longer signal then has more outputs than v has entries, so W has rows that no v meets.

    Args:
        weight: Kernel of shape (k,), (k_h, k_w), (C_out, C_in, k) or (C_out, C_in, k_h, k_w).
        input_size: Samples of the input: a number for each axis of the kernel, or one for all.
        stride: Samples between neighbouring windows, the same on every axis.
        padding: Zeros added on each side (they have no column: nothing is read from them).
        dilation: Samples between neighbouring taps.

    Returns:
        W, sparse, with one row for each output and one column for each input value; its dtype is
        the kernel's, or int64 for integers of any size, whose products could overflow a smaller one.

    Raises:
        ValueError: If the kernel has no such layout, does not fit the padded input, or `input_size` has another
            number of axes.

    Source: notes N5 and N6 (their X is this W); Dumoulin & Visin (2016), section 4.1.

    >>> conv_matrix(np.array([1, 2, 3]), 5, stride=2).toarray()
    array([[1, 2, 3, 0, 0],
           [0, 0, 1, 2, 3]])
    """
    weight = _as_exact("weight", weight)
    if weight.ndim not in (1, 2, 3, 4):
        raise ValueError(
            f"weight must be (k,), (k_h, k_w), (C_out, C_in, k) or (C_out, C_in, k_h, k_w): got shape {weight.shape}"
        )
    axes = 2 - weight.ndim % 2
    kernel = weight if weight.ndim > 2 else weight[None, None]
    given = np.asarray(input_size)
    sizes = tuple(given.tolist()) if given.ndim else (given.item(),) * axes
    if len(sizes) != axes:
        raise ValueError(f"a kernel of shape {weight.shape} has {axes} axes, input_size {sizes} has {len(sizes)}")

    reading = [
        _reading_matrices(size, kernel_size, stride=stride, padding=padding, dilation=dilation)
        for size, kernel_size in zip(sizes, kernel.shape[2:], strict=True)
    ]
    terms = []
    for tap in product(*(range(kernel_size) for kernel_size in kernel.shape[2:])):
        read = reduce(sparse.kron, (reading[axis][j] for axis, j in enumerate(tap)))
        terms.append(sparse.kron(kernel[(..., *tap)], read))
    return sparse.csr_array(sum(terms[1:], start=terms[0]))


def patch_matrix(
    x: Real[Array, "I"], kernel_size: int, *, stride: int = 1, padding: int = 0, dilation: int = 1
) -> Real[np.ndarray, "O k"]:
    """Write the same convolution the other way round: one row for each window, `patch_matrix(u, k) @ w`.

    `conv_matrix` is built from the kernel and multiplies the signal; this one is built from the signal and multiplies
    the kernel. Its transpose, applied to the loss's gradient at the output, is the gradient of the kernel.

    Args:
        x: Signal.
        kernel_size: Taps of the kernel, the number of columns.
        stride: Samples between neighbouring windows.
        padding: Zeros added on each side (here they are seen: they fill places in the windows).
        dilation: Samples between neighbouring taps.

    Returns:
        U, whose row n is the window that output n reads; integers of any size become int64.

    Raises:
        ValueError: If the kernel is longer than the padded input.

    Source: notes N5 and N6, which write w for this kernel and for the signal that W multiplies; known as im2col.

    >>> patch_matrix(np.array([1, 2, 3, 4, 5]), 3, stride=2)
    array([[1, 2, 3],
           [3, 4, 5]])
    """
    x = _as_exact("x", x)
    if x.ndim != 1:
        raise ValueError(f"x must be one signal of shape (I,): got shape {x.shape}")
    output_size = conv_output_size(len(x), kernel_size, stride=stride, padding=padding, dilation=dilation)
    padded = np.pad(x, padding)
    windows = [padded[n * stride :][: dilation * (kernel_size - 1) + 1 : dilation] for n in range(output_size)]
    return np.stack(windows)


def _as_exact(name: str, values: Array) -> np.ndarray:
    numbers = as_array(name, values)
    return numbers if numbers.dtype.kind == "f" else numbers.astype(np.int64)


def _reading_matrices(
    input_size: int, kernel_size: int, *, stride: int, padding: int, dilation: int
) -> list[sparse.csr_array]:
    """Build one matrix (O, N) for each tap j: a 1 where output n reads sample n·s + j·d − p, if there is one."""
    output_size = conv_output_size(input_size, kernel_size, stride=stride, padding=padding, dilation=dilation)
    rows = np.arange(output_size)
    matrices = []
    for j in range(kernel_size):
        columns = rows * stride + j * dilation - padding
        inside = (columns >= 0) & (columns < input_size)
        ones = np.ones(inside.sum(), dtype=np.int8)
        matrices.append(sparse.csr_array((ones, (rows[inside], columns[inside])), shape=(output_size, input_size)))
    return matrices
