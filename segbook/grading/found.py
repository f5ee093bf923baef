"""What a notebook that ran holds: the answers to exercises, and the functions that may be answers of other names.

The worker inside the sandbox reads this file.
"""

from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any

if __package__:
    from segbook.grading import cells, protocol
else:  # in the sandbox
    import cells
    import protocol

Names = Mapping[str, Any]


def answers(
    wanted: Mapping[str, str], received: Names, named: Mapping[str, str], names: Names
) -> dict[str, Callable[..., Any]]:
    """Find the answers: what check received; else what a check that failed names, or the exercise's own name.

    Where another function has the exercise's own name, it may be the better answer, so it is kept beside it: it was
    mended after the check, or the check got a wrong function by a slip.
    """
    found = {}
    for id, name in wanted.items():
        own = names.get(name)
        checked = received[id] if id in received else names.get(named.get(id, ""))
        found[id] = checked if callable(checked) else own
        if own is not found[id]:
            found[protocol.own(id)] = own
    return {id: answer for id, answer in found.items() if callable(answer)}


def unchecked(known: set[str], received: list[object], names: Names) -> list[str]:
    """Name the functions that no check received and no other function calls: perhaps answers of other names."""
    own = {
        name: value
        for name, value in names.items()
        if type(name) is str and type(value) is FunctionType and value.__globals__ is names
    }
    known = known | {used for name, value in own.items() for used in value.__code__.co_names if used != name}
    return [
        name
        for name, value in own.items()
        if name not in known and not cells.does_nothing(value) and not any(value is one for one in received)
    ][: protocol.MAX_NAMES]


def described(error: BaseException) -> "protocol.Reply":
    """Say in a reply what was raised."""
    try:
        if isinstance(error, NotImplementedError):
            return protocol.Reply(error="NotImplementedError", unfinished=True)
        message = " ".join(str(error)[:3000].split())[:300]
        text = f"{type(error).__name__}: {message}" if message else type(error).__name__
        return protocol.Reply(error=text, memory=isinstance(error, MemoryError))
    except BaseException:  # a student's own exception may fail to describe itself
        return protocol.Reply(error="an exception that cannot be described")
