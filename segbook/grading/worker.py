"""Run a notebook's cells and answer calls of its functions: the program inside the sandbox.

It shares its process with the student's code, so nothing it says is trusted: it answers with values, and the grader on
the other end of the pipe, which has the cases and the reference, judges them. It reads `protocol.py` beside it, the
standard library and NumPy; `segbook` is not there, and a stand-in keeps `check`, `solution` and `hint` quiet.
"""

import __future__  # its flags: `from __future__ import annotations` holds for all later cells

import ast
import contextlib
import importlib
import json
import os
import re
import resource
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.abc import Loader

    import protocol  # it is found once the settings are read: see main
else:
    Loader = object  # importing it would add a tenth to what a worker takes to start

MAGIC = re.compile(r"^(\s*)(?:[%!?].*|[\w.\s,]+=\s*[%!].*|[\w.]+\?{1,2}\s*)$")
QUIET = ("hint", "progress", "solution")


def main() -> None:
    """Give up privileges, take limits, say ready, run the cells, answer calls until the pipe closes."""
    settings = json.loads(sys.argv[1])
    _confine(settings["limits"], settings["uid"])
    reader, writer = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):  # what the student prints goes nowhere
        os.dup2(nowhere, stream)
    sys.path[:0] = settings["path"]
    global protocol
    import protocol

    for name in settings["allows"]:  # before the clock runs: torch takes a second or two
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    pipe = Pipe(reader, writer)
    pipe.send(protocol.pack_ready())
    running = Running(pipe, protocol.read_notebook(*pipe.receive()))
    while True:
        pipe.send(running.answer(protocol.read_call(*pipe.receive())))


def _confine(limits: dict[str, int], uid: int) -> None:
    if uid:  # root started the sandbox: RLIMIT_NPROC does nothing for root, so become nobody in particular
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    for name, value in limits.items():
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))


class Pipe:
    """The two ends of the pipes to the grader."""

    def __init__(self, reader: int, writer: int) -> None:
        self.reader, self.writer = reader, writer

    def send(self, frame: bytes) -> None:
        """Write a frame."""
        left = memoryview(frame)
        while left:
            left = left[os.write(self.writer, left) :]

    def receive(self) -> "tuple[protocol.Header, memoryview]":
        """Read a frame; the end of the pipe ends the process."""
        header, body = protocol.lengths(self._read(protocol.LENGTHS.size))
        return protocol.unpack(self._read(header)), memoryview(self._read(body))

    def _read(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            piece = os.read(self.reader, size - len(data))
            if not piece:
                os._exit(0)
            data += piece
        return bytes(data)


class Running:
    """A notebook that ran: its names, and the functions that answer exercises."""

    def __init__(self, pipe: Pipe, notebook: "protocol.Notebook") -> None:
        self.pipe = pipe
        self.main = ModuleType("__main__")
        self.main.__dict__.update(display=_nothing, get_ipython=_nothing, exit=sys.exit, quit=sys.exit)
        sys.modules["__main__"] = self.main
        self.checked: dict[str, object] = {}  # what check(id, f) was called with
        self.named: dict[str, str] = {}  # the name f in the source of the last check(id, f)
        self.errors: list[protocol.CellError] = []
        self.flags = 0
        sys.meta_path.append(StandIns(self.checked))
        importlib.import_module("segbook.exercises")
        for cell, source in enumerate(notebook.cells):
            self._run_cell(cell, source, notebook.skip)
        found = {id: self._find(id, name) for id, name in notebook.wanted.items()}
        self.answers = {id: answer for id, answer in found.items() if answer}
        pipe.send(protocol.pack_loaded(protocol.Loaded(list(self.answers), self.errors)))

    def answer(self, call: "protocol.Call") -> bytes:
        """Call the answer to an exercise; return the frame that says what came of it."""
        try:
            args, options = call.arguments()
            function = self.answers[call.id]
            value = function(*args, **options)
            reply = protocol.pack_value(call.nonce, value)
            if value is ... or (value is None and _does_nothing(function)):
                return protocol.pack_failure(call.nonce, protocol.Reply(unfinished=True))
            return reply
        except BaseException as error:  # SystemExit and KeyboardInterrupt too: the student's code raised them
            return protocol.pack_failure(call.nonce, _described(error))

    def _run_cell(self, cell: int, source: str, skip: "frozenset[protocol.Place]") -> None:
        """Run a cell statement by statement; an error ends it, as in Jupyter."""
        try:
            place = protocol.Place(cell)
            self.pipe.send(protocol.pack_place(place))
            if place in skip:
                return
            tree = _parse(source, self.flags)
            self._note_checks(tree)
            for number, statement in enumerate(tree.body, start=1):
                place = protocol.Place(cell, number)
                if place in skip:  # it never came back when it was run before
                    return
                self.pipe.send(protocol.pack_place(place))
                if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
                    for feature in statement.names:
                        self.flags |= getattr(__future__, feature.name).compiler_flag
                module = ast.Module([statement], [])
                code = compile(module, f"<cell {cell + 1}>", "exec", flags=self.flags, dont_inherit=True)
                exec(code, self.main.__dict__)
        except BaseException as error:
            described = _described(error)
            if len(self.errors) < protocol.MAX_ERRORS:
                self.errors.append(protocol.CellError(cell, described.error, described.memory))

    def _note_checks(self, tree: ast.Module) -> None:
        for node in ast.walk(tree):
            match node:
                case ast.Call(
                    func=ast.Name(id="check") | ast.Attribute(attr="check"),
                    args=[ast.Constant(value=str(id)), ast.Name(id=name), *_],
                ):
                    self.named[id] = name

    def _find(self, id: str, name: str) -> Callable[..., Any] | None:
        """Find an answer: by its check call, else by the function's name; the last definition counts."""
        names = self.main.__dict__
        candidates = (names.get(self.named.get(id, "")), self.checked.get(id), names.get(name))
        return next((candidate for candidate in candidates if callable(candidate)), None)


class StandIns(Loader):
    """Imports of what the sandbox does not hold succeed, and fail where they are used.

    A notebook's first cell imports NumPy and matplotlib together; without this it would lose both.
    """

    def __init__(self, checked: dict[str, object]) -> None:
        self.checked = checked

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Offer a stand-in for every module that nobody else finds."""
        root = name.partition(".")[0]
        if root in sys.stdlib_module_names or (root in sys.modules and not isinstance(sys.modules[root], StandIn)):
            return None
        return ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Make the stand-in."""
        return StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Fill the one stand-in that answers."""
        if module.__name__ == "segbook.exercises":
            module.__dict__.update(check=self._check, **dict.fromkeys(QUIET, _nothing))

    def _check(self, id: object = None, answer: object = None, *_: object, **__: object) -> None:
        if type(id) is str and callable(answer):
            self.checked[id] = answer


class StandIn(ModuleType):
    """A module that is not in the sandbox."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(f"{self.__name__}.{name} cannot be used here: {self.__name__} is not part of the exercise")

    def __call__(self, *args: object, **options: object) -> object:
        """Refuse to be a function."""
        raise AttributeError(f"{self.__name__} cannot be used here: it is not part of the exercise")


def _nothing(*args: object, **options: object) -> None:
    return None


def _parse(source: str, flags: int) -> ast.Module:
    parse = flags | ast.PyCF_ONLY_AST
    try:
        return compile(source, "<cell>", "exec", flags=parse, dont_inherit=True)
    except SyntaxError:
        return compile(_without_magics(source), "<cell>", "exec", flags=parse, dont_inherit=True)


def _without_magics(source: str) -> str:
    """Blank the lines that only IPython understands."""
    lines = source.splitlines()
    first = next((line for line in lines if line.strip()), "")
    if first.startswith("%%"):
        if first.split()[0] not in ("%%time", "%%timeit", "%%capture", "%%prun"):
            return ""  # another language
        lines[lines.index(first)] = ""
    return "\n".join(MAGIC.sub(r"\1pass", line) for line in lines)


def _does_nothing(function: object) -> bool:
    """Tell an untouched stub from a function that lacks its return, as `segbook.exercises.judging` does."""
    import dis

    idle = {"RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}
    code = getattr(function, "__code__", None)
    return code is not None and {step.opname for step in dis.get_instructions(code)} <= idle


def _described(error: BaseException) -> "protocol.Reply":
    try:
        if isinstance(error, NotImplementedError):
            return protocol.Reply(error="NotImplementedError", unfinished=True)
        message = " ".join(str(error).split())[:300]
        text = f"{type(error).__name__}: {message}" if message else type(error).__name__
        return protocol.Reply(error=text, memory=isinstance(error, MemoryError))
    except BaseException:  # a student's own exception may fail to describe itself
        return protocol.Reply(error="an exception that cannot be described")


if __name__ == "__main__":
    main()
