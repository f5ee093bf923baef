"""Values cross the pipe as they are, and a description that breaks the rules is refused."""

import json

import numpy as np
import pytest

from segbook.grading import values


@pytest.mark.parametrize(
    "value",
    [None, ..., True, 7, -(2**62), 2.5, float("inf"), "text", [1, (2.0, None)], np.arange(6).reshape(2, 3), np.zeros((0, 3)), np.array(1.5),
     np.array([True]), np.ones(2, np.complex64), np.arange(3, dtype=np.uint8)],
)  # fmt: skip
def test_values_come_through_the_pipe_as_they_are(value):
    body = bytearray()
    described = json.loads(json.dumps(values.encode(value, body)))
    back, rest = values.decode(described, memoryview(bytes(body)))
    assert type(back) is type(value)
    assert len(rest) == 0
    np.testing.assert_equal(back, value)


@pytest.mark.parametrize(
    ("value", "counts_as"),
    [(range(2, 8, 2), [2, 4, 6]), (np.ma.array([1.5, 2.0]), np.array([1.5, 2.0]))],
)
def test_ranges_and_masked_arrays_that_hide_nothing_count_as_what_they_hold(value, counts_as):
    body = bytearray()
    back, _ = values.decode(json.loads(json.dumps(values.encode(value, body))), memoryview(bytes(body)))
    assert type(back) is type(counts_as)
    np.testing.assert_equal(back, counts_as)


@pytest.mark.parametrize(
    ("value", "type_name"),
    [
        (range(10**30), "range"),
        (np.ma.array([1, 2], mask=[True, False]), "MaskedArray"),
        (type("Odd", (int,), {})(1), "Odd"),
        (np.zeros(1).view(np.recarray), "recarray"),
        ({1: 2}, "dict"),
        (b"x", "bytes"),
        (2j, "complex"),
    ],
)
def test_other_types_come_through_as_their_names(value, type_name):
    back, _ = values.decode(values.encode(value, bytearray()), memoryview(b""))
    assert type(back).__name__ == type_name


def test_numpy_scalars_count_as_numbers_and_strange_arrays_as_strange():
    assert [values.encode(value, bytearray())["kind"] for value in (np.int8(1), np.float32(1), np.True_)] == [
        "int",
        "float",
        "bool",
    ]
    for strange in (np.array([None]), np.array(["a"]), np.zeros(2, "M8[s]")):
        back, _ = values.decode(values.encode(strange, bytearray()), memoryview(b""))
        assert back.dtype.kind == strange.dtype.kind
        assert back.size == 0
    assert values.encode(np.zeros(2, ">f8"), bytearray())["dtype"] == "<f8"


@pytest.mark.parametrize(
    "described",
    [
        None, [], {}, {"kind": "int", "value": 1.0}, {"kind": "int", "value": True}, {"kind": "int", "value": 1 << 70},
        {"kind": "float", "value": "nan"}, {"kind": "bool", "value": 1}, {"kind": "str", "value": 3}, {"kind": "list"},
        {"kind": "list", "items": [{"kind": "none"}] * 2000}, {"kind": "array", "dtype": "|O", "shape": [1]},
        {"kind": "array", "dtype": "<f8", "shape": [-1]}, {"kind": "array", "dtype": "<f8", "shape": [True]},
        {"kind": "array", "dtype": "<f8", "shape": [2]}, {"kind": "array", "dtype": ["<f8"], "shape": [0]},
        {"kind": "array", "dtype": "<f8", "shape": [1] * 65}, {"kind": ["int"]}, {"kind": "verdict", "earned": 4},
    ],
)  # fmt: skip
def test_a_description_that_breaks_the_rules_is_refused(described):
    with pytest.raises(values.ProtocolError):
        values.decode(described, memoryview(b"12345678"))


def test_a_truth_is_true_or_false_whatever_its_byte():
    described = {"kind": "array", "dtype": "|b1", "shape": [4]}
    back, _ = values.decode(described, memoryview(b"\x00\x01\x02\xff"))
    assert back.dtype == bool
    assert back.view(np.uint8).tolist() == [0, 1, 1, 1]


def test_types_in_a_list_are_not_made():
    items = [{"kind": "other", "type": "Odd"}]
    assert type(values.decode(items[0], memoryview(b""))[0]).__name__ == "Odd"
    assert type(values.decode({"kind": "list", "items": items}, memoryview(b""))[0][0]) is object
