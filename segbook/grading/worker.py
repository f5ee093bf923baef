"""Run a notebook's cells and answer calls of its functions: the program inside the sandbox.

It shares its process with the student's code, so nothing it says is trusted: it answers with values, and the grader on
the other end of the pipe, which has the cases and the reference, judges them. It reads the files beside it, the
standard library and NumPy; `segbook` is not there, and a stand-in keeps `check`, `solution` and `hint` quiet.
"""

import ast
import contextlib
import importlib
import json
import os
import resource
import signal
import sys
import time
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from segbook.grading import (  # they are found once the settings are read: see main
        absent,
        cells,
        found,
        protocol,
        shell,
    )

STAND_IN = "__stand_in__"  # what a guarded import calls it
COROUTINE = 0x80  # inspect.CO_COROUTINE
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
LONG_CELLS, ALL_CELLS = 0.75, 0.875  # shares of the time; the calls need the rest
BELOW = 0.05  # of a cell's time, for the definitions below an error
ONLY_HERE = ("no running event loop", "can't start new thread")


class OutOfTime(BaseException):
    """A cell ran for as long as it may; `except Exception` does not stop it."""


def main() -> None:
    """Give up privileges, take limits, say ready, run the cells, answer calls until the pipe closes."""
    settings = json.loads(sys.argv[1])
    _confine(settings["limits"], settings["uid"], settings["parent"])
    reader, writer = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):  # what the student prints goes nowhere
        os.dup2(nowhere, stream)
    sys.path[:0] = settings["path"]
    global absent, cells, found, protocol, shell
    import absent
    import cells
    import found
    import protocol
    import shell

    for name in settings["allows"]:  # before the clock runs: torch takes a second or two
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    sys.path.append(os.getcwd())  # what %%writefile wrote there can be imported
    pipe = protocol.Pipe(reader, writer)
    pipe.send(protocol.pack_ready())
    running = Running(pipe, protocol.read_notebook(*pipe.receive()))
    while True:
        pipe.send(running.answer(protocol.read_call(*pipe.receive())))


def _confine(limits: dict[str, int], uid: int, parent: int) -> None:
    if parent:  # no sandbox ends this process when the grader is killed, so the kernel shall
        import ctypes

        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)
    if uid:  # root started the sandbox: RLIMIT_NPROC does nothing for root, so become nobody in particular
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    for name, value in limits.items():
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))


class Running:
    """A notebook that ran: its names, and the functions that answer exercises."""

    def __init__(self, pipe: "protocol.Pipe", notebook: "protocol.Notebook") -> None:
        self.pipe, self.notebook = pipe, notebook
        self.main = ModuleType("__main__")
        sys.modules["__main__"] = self.main
        self.names = self.main.__dict__
        ipython = shell.Shell(self._run_text)
        self.names.update({STAND_IN: self._stand_in, "get_ipython": lambda: ipython, "display": absent.quiet})
        self.names.update(exit=sys.exit, quit=sys.exit, In=[], Out={}, _="")
        self.guard = absent.GuardImports(STAND_IN)
        self.received: dict[str, object] = {}  # f of the last check(id, f)
        self.named: dict[str, str] = {}  # the name f in the source of the last check(id, f)
        self.saved: dict[str, object] = {}  # what was defined below an error
        self.made_up: dict[str, object] = {}  # what was made when all cells had run
        self.early: list[tuple[protocol.Place, object, list[ast.stmt]]] = []  # what waits for a name
        self.lost: set[str] = set()  # names that a statement which failed only here would have bound
        self.errors: list[protocol.CellError] = []
        self.flags = 0
        self.loop: Any = None  # for top-level await
        self.seconds = 0.0  # that the cell may take
        self.late = False  # whether they are over
        began = time.monotonic()
        self.ends = began + notebook.total * LONG_CELLS
        self.last_ends = began + notebook.total * ALL_CELLS
        signal.signal(signal.SIGALRM, self._stop)
        absent.pretend_segbook(self._check)
        for cell, source in enumerate(notebook.cells):
            with contextlib.suppress(OutOfTime):  # should it come while another error is being noted
                self._run_cell(cell, source)
        with contextlib.suppress(OutOfTime):
            self._make_up()
        self.answers = found.answers(notebook.wanted, self.received, self.named, self.names)
        known = {*notebook.wanted.values(), *self.named.values()}
        unchecked = found.unchecked(known, [*self.received.values(), *self.answers.values()], self.names)
        pipe.send(protocol.pack_loaded(protocol.Loaded(list(self.answers), self.errors, unchecked)))

    def answer(self, call: "protocol.Call") -> bytes:
        """Call the answer to an exercise; return the frame that says what came of it."""
        try:
            args, options = call.arguments()
            absent.where = f"in {call.id.split()[0]}"
            function = self.answers[call.id]
            value = function(*args, **options)
            if isinstance(value, absent.Absent):
                raise value.refusal()
            reply = protocol.pack_value(call.nonce, value)
            if value is ... or (value is None and cells.does_nothing(function)):
                return protocol.pack_failure(call.nonce, protocol.Reply(unfinished=True))
            return reply
        except BaseException as error:  # SystemExit and KeyboardInterrupt too: the student's code raised them
            return protocol.pack_failure(call.nonce, found.described(error))

    def _run_cell(self, cell: int, source: str) -> None:
        """Run a cell until an error ends it as in Jupyter or its time is over; what it defines below is made then."""
        place, rest = protocol.Place(cell), list[ast.stmt]()
        try:
            # Once long cells have used up their share, each cell may take half of what is left for all cells, so
            # that definitions are made to the last of them.
            now = time.monotonic()
            self.seconds = max(0.01, min(self.notebook.seconds, max(self.ends - now, (self.last_ends - now) / 2)))
            self._start_clock(self.seconds)
            if self._is_skipped(place):
                return None
            tree = cells.parse(source, self.flags)
            self.named |= cells.checked(tree)
            for number, statement in enumerate(tree.body, start=1):
                place, rest = protocol.Place(cell, number), tree.body[number - 1 :]
                if self._is_skipped(place):
                    return self._define(place, rest[1:])
                self._run_or_go_on(place, statement)
        except BaseException as error:
            signal.setitimer(signal.ITIMER_REAL, 0)
            kinds = {MemoryError: "memory", OutOfTime: "time"}
            self._note(place, error, next((kinds[kind] for kind in kinds if isinstance(error, kind)), "ended"))
            if isinstance(error, NameError):
                self.early.append((place, error.name, rest))
            self._define(place, rest[1:])
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _run_or_go_on(self, place: "protocol.Place", statement: ast.stmt) -> None:
        try:
            self._run(statement)
        except Exception as error:
            if not self._fails_only_here(error):
                raise
            self.lost |= cells.bound_by(statement)
            self._note(place, error, "went on")
        if self.late:  # though the statement, or Python in a __del__, swallowed what said so
            self._stop()

    def _define(self, place: "protocol.Place", below: list[ast.stmt]) -> None:
        """Make the definitions below an error whose names nothing else has, or only a stub or another of these."""
        self._start_clock(max(0.01, BELOW * self.seconds))
        for number, statement in enumerate(below, start=place.statement + 1):
            names = cells.defined_by(statement)
            made = any(self._is_made(name, self.saved) for name in names)
            if not names or made or self._is_skipped(protocol.Place(place.cell, number)):
                continue
            with contextlib.suppress(BaseException):  # the body of a class may raise anything, late or not
                self._run(statement)
            self.saved |= {name: self.names[name] for name in names if name in self.names}
            if self.late:
                return

    def _make_up(self) -> None:
        """Make at the end what waited for a name that a later cell gave: what binds names that nothing else has."""
        self.seconds = max(0.01, min(self.notebook.seconds, (self.last_ends - time.monotonic()) / 2))
        self._start_clock(self.seconds)
        while not self.late and (ready := next((one for one in self.early if one[1] in self.names), None)):
            self.early.remove(ready)
            place, _, rest = ready
            for number, statement in enumerate(rest, start=place.statement):
                self._make(protocol.Place(place.cell, number), statement)
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _make(self, place: "protocol.Place", statement: ast.stmt) -> None:
        names = cells.gives(statement)
        made = self.late or any(self._is_made(name, self.made_up) for name in names)
        if not names or made or self._is_skipped(place):
            return
        try:
            self._run(statement)
        except NameError as error:
            if error.name not in self.names:
                self.early.append((place, error.name, [statement]))
        except BaseException:  # it failed for a name before, and that was noted
            pass
        self.made_up |= {name: self.names[name] for name in names if name in self.names}

    def _is_made(self, name: str, so_far: dict[str, object]) -> bool:
        if name not in self.names:
            return False
        value = self.names[name]
        return not cells.does_nothing(value) and not (name in so_far and so_far[name] is value)

    def _start_clock(self, seconds: float) -> None:
        self.late = False
        signal.setitimer(signal.ITIMER_REAL, seconds)

    def _is_skipped(self, place: "protocol.Place") -> bool:
        """Say where the worker is; tell whether that never came back when it was run before."""
        self.pipe.send(protocol.pack_place(place))
        return place in self.notebook.skip

    def _run(self, statement: ast.stmt) -> None:
        """Run a statement; a definition needs no name of its annotations, no lost one of decorators and defaults."""
        self.flags |= cells.flags_of(statement)
        flags, gone = self.flags, set[str]()
        while True:
            try:
                return self._execute(statement, flags)
            except NameError as error:
                name = error.name or ""
                if not isinstance(statement, cells.Definition):
                    raise
                if not flags & cells.ANNOTATIONS and name in cells.annotated_by(statement):
                    flags |= cells.ANNOTATIONS  # nothing calls them, so what they need may come later, or never
                    continue
                if name in gone or not self._is_lost(error):
                    raise
                gone.add(name)
                statement, flags = cells.without(statement, gone), flags | cells.ANNOTATIONS

    def _execute(self, statement: ast.stmt, flags: int) -> None:
        module = self.guard.visit(ast.Module([statement], []))
        flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        code = compile(module, "<cell>", "exec", flags=flags, dont_inherit=True)
        if not code.co_flags & COROUTINE:
            exec(code, self.names)
            return
        import asyncio

        self.loop = self.loop or asyncio.new_event_loop()
        self.loop.run_until_complete(eval(code, self.names))

    def _run_text(self, source: str) -> object:
        """Run what a magic names; return the value of an expression at its end."""
        *before, last = cells.parse(source, self.flags).body or [ast.Pass()]
        for statement in before:
            self._run(statement)
        if isinstance(last, ast.Expr):
            return eval(compile(ast.Expression(last.value), "<cell>", "eval"), self.names)
        return self._run(last)

    def _fails_only_here(self, error: Exception) -> bool:
        """Tell what a sandbox causes, for want of a package, a file, a display or a keyboard, from a mistake."""
        if isinstance(error, NameError):
            return self._is_lost(error)
        return isinstance(error, ImportError | OSError | EOFError) or str(error) in ONLY_HERE

    def _is_lost(self, error: NameError) -> bool:
        return not self.lost.isdisjoint((error.name, "*"))

    def _stand_in(self, module: str, name: str = "") -> object:
        if name == "*":  # any name may be one of these
            self.lost.add(name)
        return absent.stand_in(module, name)

    def _stop(self, *_: object) -> None:
        self.late = True
        raise OutOfTime(f"not done within {self.seconds:.3g} s")

    def _note(self, place: "protocol.Place", error: BaseException, kind: str) -> None:
        text = str(error) if isinstance(error, OutOfTime) else found.described(error).error
        if len(self.errors) < protocol.MAX_ERRORS:
            self.errors.append(protocol.CellError(place, text, kind))

    def _check(self, id: object = None, answer: object = None, *_: object, **__: object) -> object:
        if type(id) is str and callable(answer) and not isinstance(answer, absent.Absent):
            self.received[id] = answer
        return absent.Absent("a verdict", truth=True)


if __name__ == "__main__":
    main()
