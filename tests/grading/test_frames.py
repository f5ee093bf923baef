"""Frames of a process that is no worker of ours: whatever it says breaks nothing, gains nothing and is `crashed`."""

import json

import pytest
from attacks import HONEST
from classroom import notebook

from segbook.exercises import get
from segbook.grading import protocol
from segbook.grading.caller import Caller, Worker
from segbook.grading.grade import Task, grade_one
from segbook.grading.plan import Plan
from segbook.grading.results import load_result, save_result
from segbook.grading.status import Status

PLAN = Plan("a secret", ("6.1", "6.3", "6.4"))
DOUBLE = "<f8"


class Rogue(Worker):
    """Answer 6.3 right and everything else as it likes, without a process.

    Args:
        loaded: The header of what it says when the cells have run; None says what is expected.
        reply: Makes the bytes of its replies, all but the lengths, from the nonce: a header and a body.
    """

    def __init__(self, loaded=None, reply=None):
        expected = {"op": "loaded", "found": ["6.1", "6.3", "6.4"], "errors": []}
        self.loaded = expected if loaded is None else loaded
        self.reply = reply or (lambda nonce: (word(nonce, {"kind": "int", "value": 0}), b""))
        self.said = None

    def send(self, frame, deadline):
        header, _ = sent(frame)
        if "nonce" not in header:
            self.said = json.dumps(self.loaded).encode() if isinstance(self.loaded, dict) else self.loaded, b""
        elif header["id"] == "6.3":
            args, options = protocol.read_call(*sent(frame)).arguments()
            value = get("6.3").solution(*args, **options)
            self.said = word(header["nonce"], {"kind": "int", "value": value}), b""
        else:
            self.said = self.reply(header["nonce"])

    def receive(self, deadline):
        header, body = self.said
        protocol.lengths(protocol.LENGTHS.pack(len(header), len(body)))
        return protocol.unpack(header), memoryview(body)

    def close(self):
        pass


def sent(frame):
    """What the far side reads of a frame."""
    header, body = protocol.lengths(frame[: protocol.LENGTHS.size])
    rest = frame[protocol.LENGTHS.size :]
    assert len(rest) == header + body
    return protocol.unpack(rest[:header]), memoryview(rest[header:])


def word(nonce, value):
    """The header of a reply."""
    return json.dumps({"nonce": nonce, "value": value}).encode()


def saying(value, body=b""):
    """Reply with this value."""
    return lambda nonce: (word(nonce, value), body)


def raw(text):
    """Reply with this header; @ stands for the nonce."""
    return lambda nonce: (text.replace(b"@", nonce.encode()), b"")


def array(dtype, *shape):
    return {"kind": "array", "dtype": dtype, "shape": [*shape]}


BROKEN = {
    "no object": raw(b"[1]"),
    "nothing": raw(b""),
    "half an object": raw(b'{"nonce": "@"'),
    "two objects": raw(b'{"nonce": "@", "value": {"kind": "none"}}{}'),
    "no value": raw(b'{"nonce": "@"}'),
    "a value that is a list": raw(b'{"nonce": "@", "value": []}'),
    "a nonce that is a list": raw(b'{"nonce": ["@"], "value": {"kind": "none"}}'),
    "an early nonce that is right, and a late one that is not": raw(
        b'{"nonce": "@", "nonce": "x", "value": {"kind": "none"}}'
    ),
    "a number of 5,000 digits": raw(b'{"nonce": "@", "value": {"kind": "int", "value": ' + b"9" * 5000 + b"}}"),
    "a number of 4,000 digits": raw(b'{"nonce": "@", "value": {"kind": "int", "value": ' + b"9" * 4000 + b"}}"),
    "a text for a number": saying({"kind": "int", "value": "0"}),
    "true for a number": saying({"kind": "int", "value": True}),
    "a float that is an int": saying({"kind": "float", "value": 0}),
    "no number": saying({"kind": "int"}),
    "a kind that is a list": saying({"kind": ["int"], "value": 0}),
    "a kind that is an object": saying({"kind": {}, "value": 0}),
    "no kind": saying({"value": 0}),
    "bytes that belong to nothing": saying({"kind": "int", "value": 0}, b"12345678"),
    "a list without items": saying({"kind": "list"}),
    "a list whose items are an object": saying({"kind": "list", "items": {"kind": "int", "value": 0}}),
    "a list of 2,000": saying({"kind": "list", "items": [{"kind": "none"}] * 2000}),
    "lists in lists in lists": saying(json.loads('{"kind": "list", "items": [' * 9 + '{"kind": "none"}' + "]}" * 9)),
    "a header that is 500 lists deep": raw(b'{"nonce": "@", "value": ' + b"[" * 500 + b"]" * 500 + b"}"),
    "a header that is 100,000 lists deep": raw(b'{"nonce": "@", "value": ' + b"[" * 100_000),
    "an array that is missing bytes": saying(array(DOUBLE, 3), bytes(16)),
    "an array with bytes too many": saying(array(DOUBLE, 1), bytes(16)),
    "an array of objects": saying(array("|O", 1), bytes(8)),
    "an array of texts": saying(array("<U4", 1), bytes(16)),
    "an array of records": saying(array("f8,f8", 1), bytes(16)),
    "a dtype that is a list": saying(array([["a", "f8"]], 1), bytes(8)),
    "a shape that is a number": saying({"kind": "array", "dtype": DOUBLE, "shape": 1}, bytes(8)),
    "a shape of texts": saying(array(DOUBLE, "1"), bytes(8)),
    "a shape of floats": saying(array(DOUBLE, 1.0), bytes(8)),
    "a negative axis": saying(array(DOUBLE, -1), bytes(8)),
    "two negative axes": saying(array(DOUBLE, -1, -1), bytes(8)),
    "65 axes": saying(array(DOUBLE, *[1] * 65), bytes(8)),
    "empty, and endless in other axes": saying(array(DOUBLE, 0, 2**40, 2**40, 2**40)),
    "empty, and too long": saying(array(DOUBLE, 0, 2**62)),
    "more bytes than there are": saying(array("<c16", 2**40)),
    "a frame of 2 MB": raw(b'{"nonce": "@", "value": "' + b"x" * (2 << 20) + b'"}'),
    "a body of 40 MB": saying(array("|u1", 40 << 20), bytes(40 << 20)),
    "not UTF-8": raw(b'{"nonce": "@", "value": "\xff\xfe"}'),
}
LIES = {  # not against the rules, and wrong
    "a verdict": raw(b'{"nonce": "@", "earned": 4, "correct": true, "value": {"kind": "none"}}'),
    "no number at all": raw(b'{"nonce": "@", "value": {"kind": "float", "value": NaN}}'),
    "an endless number": raw(b'{"nonce": "@", "value": {"kind": "float", "value": 1e999}}'),
    "a text of markup": saying({"kind": "str", "value": "<script>" * 1000}),
    "half a letter": raw(b'{"nonce": "@", "value": {"kind": "str", "value": "\\ud800"}}'),
    "half a letter in a list": raw(
        b'{"nonce": "@", "value": {"kind": "list", "items": [{"kind": "str", "value": "\\ud800"}]}}'
    ),
    "half a letter in an error": raw(b'{"nonce": "@", "value": {"kind": "error", "text": "\\ud800\\u0000\\u202e"}}'),
    "an error of 1 MB": saying({"kind": "error", "text": "x" * 1_000_000}),
    "an error that is no text": saying({"kind": "error", "text": ["x"]}),
    "unfinished, with a value": saying({"kind": "unfinished", "value": 0}),
    "a type named mro": saying({"kind": "other", "type": "mro"}),
    "a type named by markup": saying({"kind": "other", "type": "<b>"}),
    "3,000 types": saying({"kind": "list", "items": [{"kind": "list", "items": [{"kind": "other", "type": f"t{n}"} for n in range(300)]}] * 10}),
    "a list of arrays": saying({"kind": "list", "items": [array(DOUBLE, 1)] * 3}, bytes(24)),
    "a list of unlike arrays": saying({"kind": "list", "items": [array(DOUBLE, 1), array(DOUBLE, 2)]}, bytes(24)),
    "an array with 64 axes": saying(array(DOUBLE, *[1] * 64), bytes(8)),
    "an empty array": saying(array(DOUBLE, 0, 3)),
    "truths that are neither": saying(array("|b1", 4), b"\x00\x01\x02\xff"),
    "complex numbers": saying(array("<c16", 2), bytes(32)),
    "an array of 30 MB": saying(array("|u1", 30, 1 << 20), bytes(30 << 20)),
    "a strange dtype": saying({"kind": "strange", "dtype": "<U1000000"}),
    "a tensor": saying({"kind": "tensor", "dtype": DOUBLE, "shape": [2]}, bytes(16)),
}  # fmt: skip
LOADED = {
    "nothing": b"",
    "a list": b"[]",
    "another word": {"op": "verdict", "earned": 11},
    "a reply": {"nonce": "0" * 16, "value": {"kind": "int", "value": 0}},
    "found that is a text": {"op": "loaded", "found": "6.4", "errors": []},
    "unchecked that is a text": {"op": "loaded", "found": [], "errors": [], "unchecked": "f"},
    "errors that are an object": {"op": "loaded", "found": [], "errors": {}},
    "an error in a cell before the first": {"op": "loaded", "found": [], "errors": [[[-1, 0], "x", "ended"]]},
    "an error in a cell behind the last": {"op": "loaded", "found": [], "errors": [[[7, 0], "x", "ended"]]},
    "an error without a place": {"op": "loaded", "found": [], "errors": [["x", "x", "ended"]]},
    "an error of a kind that is a list": {"op": "loaded", "found": [], "errors": [[[0, 0], "x", ["time"]]]},
    "a place in a cell behind the last": {"op": "at", "cell": 5, "statement": 0},
    "a place that is a text": {"op": "at", "cell": "0", "statement": 0},
    "a place before the first": {"op": "at", "cell": 0, "statement": -1},
}


@pytest.fixture
def grade(monkeypatch, tmp_path):
    """Grade by a rogue; see that the result can be kept, read again and shown."""

    def grade_by(rogue):
        monkeypatch.setattr(Caller, "_start", lambda _: rogue)
        result = grade_one(Task("x.ipynb", notebook(HONEST)), PLAN)
        save_result(tmp_path, result)
        assert load_result(tmp_path, "x.ipynb") == result
        assert len(json.dumps([one.feedback._repr_html_() for one in result.exercises.values()])) < 30_000
        return result

    return grade_by


@pytest.mark.parametrize("name", BROKEN)
def test_a_reply_that_breaks_the_rules_is_crashed(grade, name):
    result = grade(Rogue(reply=BROKEN[name]))
    assert (result.earned, result.status) == (4, Status.CRASHED), result.reason
    assert [one.status for one in result.exercises.values()] == [Status.CRASHED, Status.OK, Status.CRASHED]


@pytest.mark.parametrize("name", LIES)
def test_a_reply_that_lies_gains_nothing(grade, name):
    assert grade(Rogue(reply=LIES[name])).earned == 4


@pytest.mark.parametrize("name", LOADED)
def test_a_word_on_the_cells_that_breaks_the_rules_is_crashed(grade, name):
    result = grade(Rogue(loaded=LOADED[name]))
    assert (result.earned, result.status) == (0, Status.CRASHED), result.reason


def test_what_is_found_and_was_not_asked_for_is_not_graded(grade):
    found = ["6.1", "6.3", "6.4", "9.9", "6.4 later", "6.3 later later", *map(str, range(10_000))]
    result = grade(Rogue({"op": "loaded", "found": found, "errors": []}))
    assert list(result.exercises) == list(PLAN.ids)
    assert result.earned == 4


def test_a_frame_that_breaks_our_own_code_is_crashed(grade, monkeypatch):
    monkeypatch.setattr(protocol, "decode", lambda *_: 1 / 0)
    result = grade(Rogue(reply=saying({"kind": "none"})))
    assert (result.earned, result.status) == (0, Status.CRASHED)
    assert result.reason.endswith("a frame that cannot be read: ZeroDivisionError")
