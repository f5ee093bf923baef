"""What the grader and the process that runs student code say to each other, and in which bytes.

Both sides read this file, and the sandbox holds it without `segbook`: it needs Python, NumPy and `values.py` alone. A
frame is two lengths, a JSON header and a body with the bytes of its arrays. What the far side sends is believed to be
*a value for the current call*, and only after its kind, its size and its number of bytes were checked.

The order of events: the worker says "ready" and gets the cells; before each statement it names its `Place`; it ends
with what it `Loaded`; then every `Call` gets a `Reply` with the call's nonce. Each side writes with `pack_…` what the
other reads with `read_…`.
"""

import json
import os
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeGuard

if __package__:
    from segbook.grading.values import MAX_BODY, ProtocolError, decode, encode
else:  # in the sandbox
    from values import MAX_BODY, ProtocolError, decode, encode

LENGTHS = struct.Struct(">II")
MAX_HEADER = 1 << 20  # bytes
MAX_TEXT = 300  # characters of an error message
MAX_ERRORS = 100  # of cells
MAX_NAMES = 20  # of functions that nobody checked
MAX_PLACE = 10**6  # cells of a notebook, statements of a cell
KINDS = ("went on", "ended", "memory", "time")  # the cell went on behind it; or it ended, perhaps for want of these

Header = dict[str, Any]


class Place(NamedTuple):
    """A statement of a cell, both counted from 0; the statement 0 is the reading of the cell."""

    cell: int = 0
    statement: int = 0


class Notebook(NamedTuple):
    """What the worker is to run.

    Args:
        cells: The sources of the code cells.
        wanted: The name of the function of every exercise, by id.
        skip: Places that stopped an earlier run, to be left out of this one.
        seconds: What one cell may take.
        total: Seconds that all cells may take.
    """

    cells: Sequence[str]
    wanted: Mapping[str, str]
    skip: frozenset[Place] = frozenset()
    seconds: float = 20.0
    total: float = 120.0


class CellError(NamedTuple):
    """A statement that failed, why, and what came of it: one of KINDS."""

    place: Place
    text: str
    kind: str = "ended"


class Loaded(NamedTuple):
    """The exercises that the notebook answers, the statements that failed, the functions that nobody checked."""

    found: Sequence[str]
    errors: Sequence[CellError]
    unchecked: Sequence[str] = ()


class Call(NamedTuple):
    """A call that the worker is to make. Its arguments are still bytes: there may be no memory to build them."""

    nonce: str
    id: str
    header: Header
    body: memoryview

    def arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Build the positional arguments and the options."""
        args, rest = decode(self.header["args"], self.body)
        options = {}
        for name, described in self.header["options"].items():
            options[name], rest = decode(described, rest)
        return args, options


class Reply(NamedTuple):
    """What a call did: it returned a value, raised an error, or is unfinished."""

    value: Any = None
    error: str = ""
    memory: bool = False
    unfinished: bool = False


def pack_ready() -> bytes:
    """Say that a notebook may come."""
    return pack({"op": "ready"})


def is_ready(header: Header) -> bool:
    """Tell whether the worker says that a notebook may come."""
    return header.get("op") == "ready"


def pack_notebook(notebook: Notebook) -> bytes:
    """Hand a notebook over."""
    header = {"wanted": dict(notebook.wanted), "skip": list(notebook.skip)}
    header |= {"seconds": notebook.seconds, "total": notebook.total}
    return pack(header, json.dumps(list(notebook.cells)).encode())


def read_notebook(header: Header, body: memoryview) -> Notebook:
    """Take a notebook; the grader is trusted."""
    skip = frozenset(Place(*place) for place in header["skip"])
    return Notebook(json.loads(bytes(body)), header["wanted"], skip, header["seconds"], header["total"])


def own(id: str) -> str:
    """Name the function of the exercise's own name where another was checked."""
    return f"{id} by its own name"


def pack_place(place: Place) -> bytes:
    """Say where the worker is."""
    return pack({"op": "at", "cell": place.cell, "statement": place.statement})


def pack_loaded(loaded: Loaded) -> bytes:
    """Say that the cells ran."""
    return pack({"op": "loaded"} | {name: list(said) for name, said in loaded._asdict().items()})


class Pipe:
    """The worker's ends of the pipes to the grader."""

    def __init__(self, reader: int, writer: int) -> None:
        self.reader, self.writer = reader, writer

    def send(self, frame: bytes) -> None:
        """Write a frame."""
        left = memoryview(frame)
        while left:
            left = left[os.write(self.writer, left) :]

    def receive(self) -> tuple[Header, memoryview]:
        """Read a frame; the end of the pipe ends the process."""
        header, body = lengths(self._read(LENGTHS.size))
        return unpack(self._read(header)), memoryview(self._read(body))

    def _read(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            piece = os.read(self.reader, size - len(data))
            if not piece:
                os._exit(0)
            data += piece
        return bytes(data)


@contextmanager
def _refusing() -> Iterator[None]:
    """Let everything that a frame of the far side makes this code raise be a broken rule."""
    try:
        yield
    except ProtocolError:
        raise
    except Exception as error:
        raise ProtocolError(f"a frame that cannot be read: {type(error).__name__}") from None


@_refusing()
def read_progress(header: Header) -> Place | Loaded:
    """Take the worker's word for where it is.

    Raises:
        ProtocolError: If it says anything else.
    """
    if header.get("op") == "at":
        cell, statement = header.get("cell"), header.get("statement")
        if not (_is_count(cell) and _is_count(statement)):
            raise ProtocolError("a place that is none")
        return Place(cell, statement)
    if header.get("op") != "loaded":
        raise ProtocolError("a frame that belongs nowhere")
    found, errors, unchecked = header.get("found"), header.get("errors"), header.get("unchecked", [])
    if type(found) is not list or type(errors) is not list or type(unchecked) is not list:
        raise ProtocolError("a list that is none")
    names = (plain_text(name) for name in unchecked[:MAX_NAMES] if type(name) is str and name.isidentifier())
    ids = [id for id in found if type(id) is str]
    return Loaded(ids, [_read_error(error) for error in errors[:MAX_ERRORS]], tuple(names))


def pack_call(nonce: str, id: str, args: Sequence[Any], options: Mapping[str, Any]) -> bytes:
    """Ask for a call."""
    body = bytearray()
    header = {"nonce": nonce, "id": id, "args": encode(tuple(args), body)}
    header["options"] = {name: encode(value, body, 1) for name, value in options.items()}
    return pack(header, bytes(body))


def read_call(header: Header, body: memoryview) -> Call:
    """Take a call; the grader is trusted."""
    return Call(header["nonce"], header["id"], header, body)


def pack_value(nonce: str, value: Any) -> bytes:
    """Reply with a value."""
    body = bytearray()
    described = encode(value, body)
    return pack({"nonce": nonce, "value": described}, bytes(body))


def pack_failure(nonce: str, reply: Reply) -> bytes:
    """Reply that there is no value, and why."""
    kind = "unfinished" if reply.unfinished else "error"
    return pack({"nonce": nonce, "value": {"kind": kind, "text": reply.error, "memory": reply.memory}})


@_refusing()
def read_reply(header: Header, body: memoryview, nonce: str) -> Reply:
    """Take the reply to a call.

    Raises:
        ProtocolError: If it belongs to another call, or its value breaks the rules.
    """
    if header.get("nonce") != nonce:
        raise ProtocolError("a reply to no question")
    described = header.get("value")
    if type(described) is not dict:
        raise ProtocolError("a reply without a value")
    text, memory = plain_text(described.get("text")), described.get("memory") is True
    if described.get("kind") == "unfinished":
        return Reply(error=text, unfinished=True)
    if described.get("kind") == "error":
        return Reply(error=text or "an error", memory=memory)
    value, rest = decode(described, body)
    if len(rest):
        raise ProtocolError(f"{len(rest)} bytes that belong to nothing")
    return Reply(value)


def plain_text(text: object) -> str:
    """Keep the printable start of a message from the far side, without the addresses that change from run to run."""
    if type(text) is not str:
        return ""
    plain = "".join(letter if letter.isprintable() else " " for letter in text[:MAX_TEXT]).strip()
    return re.sub(r"0x[0-9a-fA-F]{4,}", "0x…", plain)


def pack(header: Header, body: bytes = b"") -> bytes:
    """Write a frame."""
    text = json.dumps(header, ensure_ascii=True).encode("ascii")
    return LENGTHS.pack(len(text), len(body)) + text + body


def lengths(prefix: bytes | bytearray) -> tuple[int, int]:
    """Read the lengths of header and body.

    Raises:
        ProtocolError: If either is too large.
    """
    header, body = LENGTHS.unpack(prefix)
    if header > MAX_HEADER or body > MAX_BODY:
        raise ProtocolError(f"a frame of {header} + {body} bytes; at most {MAX_HEADER} + {MAX_BODY} are taken")
    return header, body


@_refusing()
def unpack(text: bytes | bytearray) -> Header:
    """Read a frame's header.

    Raises:
        ProtocolError: If it is not a JSON object.
    """
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"a header that is no JSON: {type(error).__name__}") from None
    if type(header) is not dict:
        raise ProtocolError(f"a header of type {type(header).__name__}; it must be an object")
    return header


def _read_error(error: object) -> CellError:
    match error:
        case [[cell, statement], text, kind] if _is_count(cell) and _is_count(statement) and kind in KINDS:
            return CellError(Place(cell, statement), plain_text(text), kind)
    raise ProtocolError("an error that is none")


def _is_count(number: object) -> TypeGuard[int]:
    return type(number) is int and 0 <= number < MAX_PLACE
