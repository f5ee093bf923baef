"""Values as JSON and raw bytes, for the pipe between the grader and the process that runs student code.

Nothing is unpickled, and a value is built only after its kind, its size and its number of bytes were checked.
"""

import math
import sys
from typing import Any

import numpy as np

MAX_BODY = 32 << 20  # bytes of arrays in one frame
MAX_AXES = 64
MAX_ITEMS = 1000  # of a list or tuple
MAX_DEPTH = 4  # of lists in lists
MAX_STRING = 1 << 20  # characters
DTYPES = {
    np.dtype(name).str: np.dtype(name)
    for name in (
        *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
        *("float16", "float32", "float64", "complex64", "complex128"),
    )
}
STRANGE = {"O": object, "U": "U1", "S": "S1", "M": "M8[s]", "m": "m8[s]", "V": "V1"}

Described = dict[str, Any]  # JSON: a kind, and what that kind needs


class ProtocolError(Exception):
    """The far side broke the rules of the pipe."""


def encode(value: Any, body: bytearray, depth: int = 0) -> Described:
    """Describe a value in JSON; the bytes of its arrays are added to the body.

    Types are exact: an object that only behaves like a number or an array is described by the name of its type. NumPy
    scalars count as the numbers they are, extended precision as float64; a `range` counts as a list, and a masked array
    that hides nothing as an array.
    """
    kind = type(value)
    if value is None or value is ...:
        return {"kind": "none" if value is None else "ellipsis"}
    if kind is bool or kind is np.bool_:
        return {"kind": "bool", "value": bool(value)}
    if kind is int or issubclass(kind, np.integer):
        number = int(value)
        if number.bit_length() > 63:
            return {"kind": "huge", "negative": number < 0}
        return {"kind": "int", "value": number}
    if kind is float or issubclass(kind, np.floating):
        return {"kind": "float", "value": float(value)}
    if kind is str:
        return {"kind": "str", "value": value[:MAX_STRING]} if depth or len(value) < 1000 else _other("str")
    if kind is range and depth < MAX_DEPTH and not value[MAX_ITEMS:]:  # a huge one has no len
        return encode(list(value), body, depth)
    if kind in (list, tuple) and depth < MAX_DEPTH and len(value) <= MAX_ITEMS:
        return {"kind": kind.__name__, "items": [encode(item, body, depth + 1) for item in value]}
    if kind is np.ndarray:
        return _encode_array("array", value, body)
    if kind is np.ma.MaskedArray and not np.ma.is_masked(value):  # one that hides nothing is what it holds
        return _encode_array("array", np.asarray(value), body)
    if kind.__module__ == "torch" and kind.__name__ == "Tensor" and "torch" in sys.modules:
        return _encode_array("tensor", value.detach().cpu().numpy(), body)
    return _other(kind.__name__)


def decode(described: object, body: memoryview, depth: int = 0) -> tuple[Any, memoryview]:
    """Build a described value again, from the head of the body; return it and the rest of the body.

    Raises:
        ProtocolError: If description and bytes do not fit together.
    """
    if type(described) is not dict or depth > MAX_DEPTH:
        raise ProtocolError("a value without a description")
    kind, value = described.get("kind"), described.get("value")
    if kind == "none":
        return None, body
    if kind == "ellipsis":
        return ..., body
    if kind == "huge":
        return (-1 if described.get("negative") else 1) << 63, body
    if kind in ("bool", "int", "float", "str"):
        if type(value).__name__ != kind or (type(value) is int and value.bit_length() > 63):
            raise ProtocolError(f"a value of type {type(value).__name__} that is called {kind}")
        return value, body
    if kind in ("list", "tuple"):
        return _decode_items(described.get("items"), body, depth, list if kind == "list" else tuple)
    if kind in ("array", "tensor"):
        return _decode_array(described, body)
    if kind == "strange":
        dtype = described.get("dtype")
        return np.zeros(0, STRANGE.get(dtype, object) if type(dtype) is str else object), body
    if kind == "other":
        name = plain_name(described.get("type")) if depth == 0 else "object"  # nobody asks what lies in a list
        return (object() if name == "object" else type(name, (), {})()), body
    raise ProtocolError("a value of an unknown kind")


def plain_name(name: object) -> str:
    """Keep a type's name if it is one."""
    return name if type(name) is str and name.isascii() and name.isidentifier() and len(name) <= 60 else "object"


def _other(name: str) -> Described:
    return {"kind": "other", "type": str(name)[:60]}


def _encode_array(kind: str, array: np.ndarray, body: bytearray) -> Described:
    if array.nbytes + len(body) > MAX_BODY:  # before the copy: a broadcast array takes no memory until then
        raise ValueError(f"the array has {array.nbytes:,} bytes; at most {MAX_BODY:,} are taken")
    if array.dtype.kind in "fc" and array.dtype.str not in DTYPES:
        array = array.astype(np.float64 if array.dtype.kind == "f" else np.complex128)  # other precision or byte order
    elif array.dtype.kind in "iu" and array.dtype.str not in DTYPES:
        array = array.astype(array.dtype.newbyteorder("="))
    if array.dtype.str not in DTYPES:
        return {"kind": "strange", "dtype": array.dtype.kind}
    body += np.ascontiguousarray(array).tobytes()
    return {"kind": kind, "dtype": array.dtype.str, "shape": list(array.shape)}


def _decode_items(items: object, body: memoryview, depth: int, container: type) -> tuple[Any, memoryview]:
    if type(items) is not list or len(items) > MAX_ITEMS:
        raise ProtocolError("a list that is none, or too long")
    values = []
    for item in items:
        value, body = decode(item, body, depth + 1)
        values.append(value)
    return container(values), body


def _decode_array(described: Described, body: memoryview) -> tuple[Any, memoryview]:
    name, shape = described.get("dtype"), described.get("shape")
    dtype = DTYPES.get(name) if type(name) is str else None
    if dtype is None or type(shape) is not list or len(shape) > MAX_AXES:
        raise ProtocolError("an array of an unknown dtype or without a shape")
    if not all(type(size) is int and 0 <= size <= 1 << 40 for size in shape):
        raise ProtocolError("an array whose sizes are no sizes")
    if math.prod(size or 1 for size in shape) > 1 << 40:  # no axis of an empty array may be longer than NumPy takes
        raise ProtocolError("an array whose sizes are too large")
    size = dtype.itemsize * math.prod(shape)
    if size > len(body):
        raise ProtocolError(f"an array of {size} bytes in a frame that holds {len(body)}")
    array = np.frombuffer(body[:size], dtype).reshape(shape).copy()
    if dtype.kind == "b":
        array = array.view(np.uint8) != 0  # a byte that is neither 0 nor 1 is no truth to NumPy
    if described["kind"] == "array":
        return array, body[size:]
    torch = sys.modules.get("torch")
    # The grader need not have torch loaded to refuse a tensor: the name of its type is enough.
    return (torch.from_numpy(array) if torch else type("Tensor", (), {})()), body[size:]
