"""The words on the pipe: a frame that breaks the rules, or belongs nowhere, is refused."""

import json

import numpy as np
import pytest

from segbook.grading import protocol
from segbook.grading.protocol import CellError, Loaded, Notebook, Place, Reply


def sent(frame):
    """What the far side reads of a frame."""
    header, body = protocol.lengths(frame[: protocol.LENGTHS.size])
    rest = frame[protocol.LENGTHS.size :]
    assert len(rest) == header + body
    return protocol.unpack(rest[:header]), memoryview(rest[header:])


def test_both_sides_understand_each_other():
    notebook = Notebook(["x = 1", "é"], {"6.3": "f"}, frozenset({Place(0, 1), Place(1)}), 2.5, 30.0)
    assert protocol.read_notebook(*sent(protocol.pack_notebook(notebook))) == notebook
    assert protocol.is_ready(sent(protocol.pack_ready())[0])
    loaded = Loaded(
        ["6.3"], [CellError(Place(1, 2), "NameError: x"), CellError(Place(2), "MemoryError", "memory")], ("f",)
    )
    for said in (Place(3, 4), loaded):
        pack = protocol.pack_place if isinstance(said, Place) else protocol.pack_loaded
        assert protocol.read_progress(sent(pack(said))[0]) == said
    for reply in (Reply(error="TypeError: x"), Reply(error="MemoryError", memory=True), Reply(unfinished=True)):
        assert protocol.read_reply(*sent(protocol.pack_failure("n", reply)), "n") == reply
    assert protocol.read_reply(*sent(protocol.pack_value("n", (1, [2.5]))), "n") == Reply((1, [2.5]))


def test_a_call_brings_its_arguments():
    frame = protocol.pack_call("n", "6.3", (np.arange(3.0), 7), {"stride": 2, "weight": np.ones((2, 2))})
    call = protocol.read_call(*sent(frame))
    args, options = call.arguments()
    assert (call.nonce, call.id, list(options)) == ("n", "6.3", ["stride", "weight"])
    np.testing.assert_equal(args, (np.arange(3.0), 7))
    np.testing.assert_equal(options, {"stride": 2, "weight": np.ones((2, 2))})


@pytest.mark.parametrize(
    "header",
    [
        {}, {"op": "ready"}, {"op": "verdict"}, {"op": ["at"]}, {"op": "at"}, {"op": "at", "cell": 0, "statement": True},
        {"op": "at", "cell": -1, "statement": 0}, {"op": "at", "cell": 0, "statement": 10**6},
        {"op": "loaded"}, {"op": "loaded", "found": "6.3", "errors": []}, {"op": "loaded", "found": [], "errors": {}},
        {"op": "loaded", "found": [], "errors": [[0, "x", "ended"]]},
        {"op": "loaded", "found": [], "errors": [[["0", 1], "x", "ended"]]},
        {"op": "loaded", "found": [], "errors": [[[-1, 1], "x", "ended"]]},
        {"op": "loaded", "found": [], "errors": [[[0, 1], "x", "right"]]},
        {"op": "loaded", "found": [], "errors": [[[0, 1], "x", ["ended"]]]}, {"op": "loaded", "found": [], "errors": [3]},
    ],
)  # fmt: skip
def test_progress_that_is_none_is_refused(header):
    with pytest.raises(protocol.ProtocolError):
        protocol.read_progress(json.loads(json.dumps(header)))


@pytest.mark.parametrize(
    ("header", "body", "phrase"),
    [
        ({}, b"", "a reply to no question"),
        ({"nonce": "m", "value": {"kind": "int", "value": 4}}, b"", "a reply to no question"),
        ({"nonce": "n"}, b"", "a reply without a value"),
        ({"nonce": "n", "value": 4}, b"", "a reply without a value"),
        ({"nonce": "n", "value": {"kind": "verdict", "earned": 4}}, b"", "unknown kind"),
        ({"nonce": "n", "value": {"kind": "int", "value": 4}}, b"12", "2 bytes that belong to nothing"),
    ],
)
def test_a_reply_that_is_none_is_refused(header, body, phrase):
    with pytest.raises(protocol.ProtocolError, match=phrase):
        protocol.read_reply(header, memoryview(body), "n")


def test_what_is_loaded_keeps_only_what_could_be_meant():
    said = {
        "op": "loaded",
        "found": ["6.3", 6.4, None],
        "errors": [[[0, 0], ["x"], "ended"]] * 500,
        "unchecked": ["f", "<b>", 3],
    }
    assert protocol.read_progress(said) == Loaded(["6.3"], [CellError(Place(), "")] * protocol.MAX_ERRORS, ("f",))


def test_a_header_that_breaks_the_rules_is_refused():
    for text in (b"[" * 100_000, b"[]", b"{", b"\xff", b"1" * 5000):
        with pytest.raises(protocol.ProtocolError):
            protocol.unpack(text)
    with pytest.raises(protocol.ProtocolError, match=r"at most 1048576"):
        protocol.lengths(b"\xff" * 8)


def test_messages_keep_their_printable_start():
    assert protocol.plain_text("a\x00\x1b[2J <f at 0x7f00aabbccdd>" + "x" * 500).startswith("a  [2J <f at 0x…>")
    assert len(protocol.plain_text("x" * 10**6)) == protocol.MAX_TEXT
    assert protocol.plain_text(["x"]) == ""
