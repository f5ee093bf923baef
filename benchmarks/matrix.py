"""Wᵀ as a matrix against torch's own transposed convolution: time and memory."""

from timeit import repeat

import numpy as np
import torch
from torch.nn import functional as F

from segbook import ops

TITLE = "A transposed convolution as a matrix"
NOTE = (
    "Kernel 4, stride 2, padding 1, float32, one thread, one image, the best of 100 runs; all three give the same "
    "numbers to 1e-4. "
    "A small sparse matrix beats the general operator, a dense one explodes: where no time stands, it was not built."
)
SETTINGS = ((1, 1, 8), (1, 1, 32), (1, 1, 64), (4, 4, 16), (16, 8, 16), (16, 8, 32), (64, 32, 32))
LARGEST_DENSE = 600e6  # bytes


def measure() -> list[dict]:
    """Time each way at each setting, after checking that they agree."""
    torch.set_num_threads(1)
    return [_row(*setting) for setting in SETTINGS]


def _row(c_in: int, c_out: int, size: int) -> dict:
    generator = torch.Generator().manual_seed(0)
    weight = torch.rand(c_in, c_out, 4, 4, generator=generator)
    v = torch.rand(1, c_in, size, size, generator=generator)
    flat = v.numpy().ravel()
    sparse = ops.conv_matrix(weight.numpy(), 2 * size, stride=2, padding=1).T.tocsr()
    dense_bytes = sparse.shape[0] * sparse.shape[1] * 4
    expected = F.conv_transpose2d(v, weight, stride=2, padding=1).numpy().ravel()
    np.testing.assert_allclose(sparse @ flat, expected, rtol=1e-4, atol=1e-4)

    operator = _best(lambda: F.conv_transpose2d(v, weight, stride=2, padding=1))
    product = _best(lambda: sparse @ flat)
    row = {
        "channels": f"{c_in} → {c_out}",
        "size": f"{size}² → {2 * size}²",
        "torch": f"{operator * 1e6:,.0f} µs",
        "sparse": f"{product * 1e6:,.0f} µs",
        "sparse / torch": f"{product / operator:.2f}",
        "dense / torch": "–",
        "kernel": _size(weight.numel() * 4),
        "sparse matrix": _size(sparse.data.nbytes + sparse.indices.nbytes + sparse.indptr.nbytes),
        "dense matrix": _size(dense_bytes),
    }
    if dense_bytes <= LARGEST_DENSE:
        dense = sparse.toarray()
        np.testing.assert_allclose(dense @ flat, expected, rtol=1e-4, atol=1e-4)
        row["dense / torch"] = f"{_best(lambda: dense @ flat) / operator:.2f}"
    return row


def _best(way) -> float:
    way()
    return min(repeat(way, number=1, repeat=100))


def _size(count: float) -> str:
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB"
