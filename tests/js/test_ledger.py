"""SizeLedger's JavaScript computes what segbook.shapes computes, on every setting of the figure."""

from functools import cache
from itertools import product
from types import SimpleNamespace

import pytest
from node import run_in_node

from segbook import shapes
from segbook.widgets import SizeLedger, size_ledger
from segbook.widgets.size_ledger import LARGEST, POOLINGS


@pytest.fixture(autouse=True)
def _each_layer_once(monkeypatch):
    """The grid asks for the same few layers half a million times: keep their sizes."""
    names = ("conv_output_size", "pool_output_size", "conv_transpose_output_size", "restoring_output_padding")
    kept = SimpleNamespace(**{name: cache(getattr(shapes, name)) for name in names})
    monkeypatch.setattr(size_ledger, "shapes", kept)


def ledger_of(figure: SizeLedger, size: int) -> tuple | None:
    try:
        return [size, *(output for _, _, output in figure.ledger(size))], figure.remainders(size)
    except ValueError:
        return None


def grid() -> list[dict]:
    """Every setting: the sizes along the way for every input size (null where Python refuses), and the legal ones."""
    vectors = []
    for depth, pooling, padded, mend in product(range(1, 6), POOLINGS, (True, False), (True, False)):
        figure = SizeLedger(depth=depth, pooling=pooling, padded=padded, mend=mend)
        kernel_size, stride, padding = POOLINGS[pooling]
        ledgers = [ledger_of(figure, size) for size in range(1, LARGEST + 1)]
        fits = next((size for size, found in enumerate(ledgers, start=1) if found), None)
        legal = [size for size, found in enumerate(ledgers, start=1) if found and not any(found[1])]
        vectors.append({
            "settings": {
                "depth": depth, "padded": padded, "mend": mend,
                "pooling": {"kernelSize": kernel_size, "stride": stride, "padding": padding},
            },
            "ledgers": ledgers, "legal": legal,
            "names": [name for name, _, _ in figure.ledger(fits)] if fits else [],
        })  # fmt: skip
    return vectors


def unet() -> list[dict]:
    """The same network from another module: `unet_ledger` without skips, and without its head."""
    vectors = []
    for depth, padded in product(range(1, 6), (True, False)):
        sizes = range(1, LARGEST + 1) if depth == 1 else range(96, LARGEST + 1, 23)
        rows = {}
        for size in sizes:
            try:
                ledger = shapes.unet_ledger(size, depth=depth, padding=int(padded), skips=False)
            except ValueError:  # too small
                continue
            rows[size] = [(row.name, row.input_size, row.output_size) for row in ledger[:-1]]
        legal = [*shapes.legal_input_sizes(LARGEST, depth=depth, padding=int(padded))]
        vectors.append(
            {"depth": depth, "padded": padded, "sizes": [*rows], "ledgers": [*rows.values()], "legal": legal}
        )
    return vectors


def test_javascript_agrees_with_python(tmp_path):
    contents = {"grid": grid(), "unet": unet()}
    assert sum(found is not None for vector in contents["grid"] for found in vector["ledgers"]) > 10_000
    assert sum(len(vector["sizes"]) for vector in contents["unet"]) > 500
    run_in_node("ledger.test.mjs", contents, tmp_path)
