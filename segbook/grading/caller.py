"""One submission's worker, seen from the grader: load the notebook, call answers, survive whatever happens.

A statement that never returns is left out when the notebook runs again, and every call has a fresh nonce that its reply
must repeat: a frame that was prepared beforehand, or a flood of them, has no nonce to match.
"""

import os
import secrets
import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import IO

from segbook.exercises import Case, Outcome
from segbook.grading import protocol
from segbook.grading.protocol import CellError, Header, Notebook, Place, ProtocolError
from segbook.grading.sandbox import MAX_FILES, Limits, SandboxError, private_folder, start
from segbook.grading.status import Status

START = 60.0  # seconds for Python and NumPy to start, on a busy machine
GRACE = 1.0  # seconds for a cell to end by itself when its time is over
LOOK = 0.1  # seconds between looks at what a sandbox holds
STOPS = 12  # so often may the process of one submission end


class Incident(Exception):
    """Student code stopped answering, or ran out of memory.

    Args:
        status: A timeout, a crash or want of memory; or the sandbox failed.
        reason: What was seen.
        exercise: The id of the exercise whose call it was; none while the cells ran.
        cell: The index of the cell that ran; None in a call.
    """

    def __init__(self, status: Status, reason: str, exercise: str = "", cell: int | None = None) -> None:
        super().__init__(reason)
        self.status, self.reason, self.exercise, self.cell = status, reason, exercise, cell


class Worker:
    """A worker process, the pipes to it, and an eye on its /tmp once that is opened."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("the worker has no pipes; start it with pipes as its standard input and output")
        self.process, self.stdin, self.stdout = process, process.stdin, process.stdout
        self.folder: int | None = None
        for pipe in (self.stdin, self.stdout):
            os.set_blocking(pipe.fileno(), False)

    def watch(self) -> None:
        """Look from now on at the number of files in the sandbox, which is ready.

        Raises:
            SandboxError: If the system does not show them.
        """
        self.folder = private_folder(self.process)

    def send(self, frame: bytes, deadline: float) -> None:
        """Write a frame before the deadline."""
        left = memoryview(frame)
        while left:
            self._wait(self.stdin, select.POLLOUT, deadline)
            try:
                left = left[os.write(self.stdin.fileno(), left) :]
            except BlockingIOError:
                continue
            except OSError:
                raise Incident(Status.CRASHED, "the process ended") from None

    def receive(self, deadline: float) -> tuple[Header, memoryview]:
        """Read a frame before the deadline."""
        header, body = protocol.lengths(self._read(protocol.LENGTHS.size, deadline))
        return protocol.unpack(self._read(header, deadline)), memoryview(self._read(body, deadline))

    def close(self) -> None:
        """End the process and all that it started."""
        self.process.kill()
        self.stdin.close()
        self.stdout.close()
        if self.folder is not None:
            os.close(self.folder)
            self.folder = None
        self.process.wait()

    def _read(self, size: int, deadline: float) -> bytearray:
        data = bytearray()
        while len(data) < size:
            self._wait(self.stdout, select.POLLIN, deadline)
            try:
                piece = os.read(self.stdout.fileno(), min(size - len(data), 1 << 20))
            except BlockingIOError:
                continue
            if not piece:
                raise Incident(Status.CRASHED, "the process ended")
            data += piece
        return data

    def _wait(self, pipe: IO[bytes], event: int, deadline: float) -> None:
        poll = select.poll()
        poll.register(pipe, event)
        ready = False
        while not ready:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Incident(Status.TIMEOUT, "no answer in time")
            ready = bool(poll.poll(min(left, LOOK) * 1000))
            self._count_files()

    def _count_files(self) -> None:
        if self.folder is not None:
            seen = os.fstatvfs(self.folder)
            if seen.f_files - seen.f_ffree > MAX_FILES:
                raise Incident(Status.MEMORY, f"more than {MAX_FILES:,} files in /tmp")


class Caller:
    """Call a notebook's answers, in as many processes as it breaks.

    Args:
        cells: The sources of the code cells.
        wanted: The name of the function of every exercise, by id.
        limits: Time and memory.
        allows: Packages besides NumPy.
        sandbox: False runs it as an ordinary process.
    """

    def __init__(
        self,
        cells: Sequence[str],
        wanted: Mapping[str, str],
        limits: Limits,
        *,
        allows: tuple[str, ...] = (),
        sandbox: bool = True,
    ) -> None:
        self.cells, self.wanted = cells, wanted
        self.limits, self.allows, self.sandbox = limits, allows, sandbox
        self.worker: Worker | None = None
        self.place = Place()
        self.skip: set[Place] = set()  # what stopped an earlier run
        self.found: set[str] = set()
        self.errors: Sequence[CellError] = ()
        self.unchecked: Sequence[str] = ()
        self.incidents: list[Incident] = []
        self.stops = 0
        self.used = 0.0  # seconds

    def __enter__(self) -> "Caller":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the worker."""
        if self.worker:
            self.worker.close()
            self.worker = None

    def load(self) -> Worker:
        """Run the cells; a statement that stops the process is left out of the next run.

        Returns:
            The worker that ran them to their end.

        Raises:
            Incident: If none does.
        """
        while self.worker is None:
            self._check_budget()
            self.worker = self._start()
            try:
                self._run_cells(self.worker)
            except Incident as incident:
                late = incident.status is Status.TIMEOUT
                self._stop_cell(incident.status, f"not done within {self.limits.cell:g} s" if late else incident.reason)
            except ProtocolError as error:
                self._stop_cell(Status.CRASHED, f"it wrote on the grader's pipe: {error}")
        return self.worker

    def call(self, id: str, case: Case) -> Outcome:
        """Call the answer to an exercise.

        Raises:
            Incident: If it does not come back, ends the process, or answers out of turn.
        """
        worker, nonce = self.load(), secrets.token_hex(8)
        frame = protocol.pack_call(nonce, id, case.args, case.options)
        began = time.monotonic()
        try:
            deadline = self._deadline(self.limits.call)
            worker.send(frame, deadline)
            reply = protocol.read_reply(*worker.receive(deadline), nonce)
        except Incident as incident:
            late = incident.status is Status.TIMEOUT
            reason = f"no answer within {self.limits.call:g} s" if late else incident.reason
            raise self._stop(incident.status, reason, id) from None
        except ProtocolError as error:
            raise self._stop(Status.CRASHED, str(error), id) from None
        finally:
            self.used += time.monotonic() - began
        if reply.memory:
            self.incidents.append(Incident(Status.MEMORY, reply.error, id))
        return Outcome(reply.value, reply.error, reply.unfinished)

    def _start(self) -> Worker:
        worker = Worker(start(self.limits, self.allows, sandbox=self.sandbox))
        try:
            if not protocol.is_ready(worker.receive(time.monotonic() + START)[0]):
                raise ProtocolError("a first word that is not ready")
            if self.sandbox:
                worker.watch()
        except (Incident, ProtocolError, SandboxError) as error:
            worker.close()
            if isinstance(error, SandboxError):
                raise
            raise SandboxError("the sandbox did not start, though it did when grading began") from None
        return worker

    def _run_cells(self, worker: Worker) -> None:
        """Send the cells and follow where the worker is, until it has loaded them."""
        self.place = Place()
        left = self.limits.total - self.used
        notebook = Notebook(self.cells, self.wanted, frozenset(self.skip), self.limits.cell, left)
        frame = protocol.pack_notebook(notebook)
        began = time.monotonic()
        try:
            deadline = self._deadline(self.limits.cell + GRACE)
            worker.send(frame, deadline)
            while isinstance(said := protocol.read_progress(worker.receive(deadline)[0]), Place):
                self._check_place(said)
                if said.cell != self.place.cell:  # a new cell, a new allowance; never beyond the total
                    deadline = self._deadline(self.limits.cell + GRACE, since=began)
                self.place = said
        finally:
            self.used += time.monotonic() - began
        for error in said.errors:
            self._check_place(error.place)
        self.errors, self.unchecked = said.errors, said.unchecked
        self.found = set(said.found) & {name for id in self.wanted for name in (id, protocol.own(id))}
        for place, text, kind in said.errors:
            status = {"memory": Status.MEMORY, "time": Status.TIMEOUT}.get(kind)
            if status:
                self.incidents.append(Incident(status, f"code cell {place.cell + 1}: {text}", cell=place.cell))
            if kind == "time":
                self.skip.add(place)  # should the notebook have to run again

    def _check_place(self, place: Place) -> None:
        if place.cell >= len(self.cells):
            raise ProtocolError(f"a place in cell {place.cell + 1} of {len(self.cells)}")

    def _deadline(self, seconds: float, since: float | None = None) -> float:
        now = time.monotonic()
        used = self.used + (now - since if since else 0)
        return now + max(0.0, min(seconds, self.limits.total - used))

    def _check_budget(self) -> None:
        if self.used >= self.limits.total:
            raise Incident(Status.TIMEOUT, f"the submission used up its {self.limits.total:g} s")
        if self.stops >= STOPS:
            raise Incident(self.incidents[-1].status, f"the process ended {self.stops} times")

    def _stop_cell(self, status: Status, reason: str) -> None:
        """End the worker in a cell, and leave the statement out of the next run."""
        incident = self._stop(status, f"code cell {self.place.cell + 1}: {reason}")
        incident.cell = self.place.cell
        self.skip.add(self.place)

    def _stop(self, status: Status, reason: str, exercise: str = "") -> Incident:
        """End the worker for a reason, which is noted."""
        self.close()
        self.stops += 1
        self.incidents.append(Incident(status, reason, exercise))
        return self.incidents[-1]
