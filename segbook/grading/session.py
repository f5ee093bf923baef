"""One submission's worker, seen from the grader: load the notebook, call answers, survive whatever happens.

The order of events: the worker says "ready"; it gets the cells; before each statement it says where it is, so that a
statement that never returns can be left out when the notebook runs again; it says "loaded" with the exercises it found
an answer to; then one call at a time, each with a fresh nonce that its reply must repeat. A frame that was prepared
beforehand, or a flood of them, has no nonce to match.
"""

import json
import os
import re
import secrets
import select
import subprocess
import time
from collections.abc import Mapping, Sequence

from segbook.exercises import Case, Outcome
from segbook.grading import protocol
from segbook.grading.protocol import ProtocolError
from segbook.grading.sandbox import Limits, SandboxError, start

START = 60.0  # seconds for Python and NumPy to start, on a busy machine
STOPS = 12  # so often may the process of one submission end


class Incident(Exception):
    """Student code stopped answering, or ran out of memory.

    Args:
        status: "timeout", "crashed" or "memory".
        reason: What was seen.
        exercise: The id of the exercise whose call it was; none while the cells ran.
        cell: The index of the cell that ran; None in a call.
    """

    def __init__(self, status: str, reason: str, exercise: str = "", cell: int | None = None) -> None:
        super().__init__(reason)
        self.status, self.reason, self.exercise, self.cell = status, reason, exercise, cell


class Worker:
    """A worker process and the pipes to it."""

    def __init__(self, process: subprocess.Popen) -> None:
        self.process = process
        self.pipes = process.stdin.fileno(), process.stdout.fileno()
        for pipe in self.pipes:
            os.set_blocking(pipe, False)

    def send(self, header: dict, body: bytes, deadline: float) -> None:
        """Write a frame before the deadline."""
        frame = memoryview(protocol.pack(header, body))
        while frame:
            self._wait(self.pipes[0], select.POLLOUT, deadline)
            try:
                frame = frame[os.write(self.pipes[0], frame) :]
            except BlockingIOError:
                continue
            except OSError:
                raise Incident("crashed", "the process ended") from None

    def receive(self, deadline: float) -> tuple[dict, memoryview]:
        """Read a frame before the deadline."""
        header, body = protocol.lengths(self._read(protocol.LENGTHS.size, deadline))
        return protocol.unpack(self._read(header, deadline)), memoryview(self._read(body, deadline))

    def close(self) -> None:
        """End the process and all that it started."""
        self.process.kill()
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def _read(self, size: int, deadline: float) -> bytes:
        data = bytearray()
        while len(data) < size:
            self._wait(self.pipes[1], select.POLLIN, deadline)
            try:
                piece = os.read(self.pipes[1], min(size - len(data), 1 << 20))
            except BlockingIOError:
                continue
            if not piece:
                raise Incident("crashed", "the process ended")
            data += piece
        return bytes(data)

    def _wait(self, pipe: int, event: int, deadline: float) -> None:
        poll = select.poll()
        poll.register(pipe, event)
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise Incident("timeout", "no answer in time")


class Session:
    """A notebook's answers, called in as many processes as it breaks.

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
        self.cells, self.wanted = json.dumps(list(cells)).encode(), dict(wanted)
        self.skip: list[tuple[int, int]] = []  # (cell, statement) that stopped an earlier run
        self.place = (0, 0)
        self.limits, self.allows, self.sandbox = limits, allows, sandbox
        self.worker: Worker | None = None
        self.found: set[str] = set()
        self.errors: list[tuple[int, str]] = []  # (number of the cell, message)
        self.incidents: list[Incident] = []
        self.stops = 0
        self.used = 0.0  # seconds

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the worker."""
        if self.worker:
            self.worker.close()
            self.worker = None

    def load(self) -> None:
        """Run the cells; a statement that stops the process is left out of the next run.

        Raises:
            Incident: If the notebook does not come to its end.
        """
        while self.worker is None:
            self._check_budget()
            self.worker = self._start()
            try:
                self._load()
            except Incident as incident:
                late = incident.status == "timeout"
                self._stop_cell(incident.status, f"not done within {self.limits.cell:g} s" if late else incident.reason)
            except ProtocolError as error:
                self._stop_cell("crashed", f"it wrote on the grader's pipe: {error}")

    def call(self, id: str, case: Case) -> Outcome:
        """Call the answer to an exercise.

        Raises:
            Incident: If it does not come back, ends the process, or answers out of turn.
        """
        self.load()
        body = bytearray()
        nonce = secrets.token_hex(8)
        request = {
            "nonce": nonce,
            "id": id,
            "args": protocol.encode(tuple(case.args), body),
            "options": list(case.options),
            "values": [protocol.encode(value, body, 1) for value in case.options.values()],
        }
        began = time.monotonic()
        try:
            deadline = self._deadline(self.limits.call)
            self.worker.send(request, bytes(body), deadline)
            reply, raw = self.worker.receive(deadline)
            if reply.get("nonce") != nonce:
                raise ProtocolError("a reply to no question")
            return self._outcome(id, reply.get("value"), raw)
        except Incident as incident:
            late = incident.status == "timeout"
            reason = f"no answer within {self.limits.call:g} s" if late else incident.reason
            raise self._stop(incident.status, reason, id) from None
        except ProtocolError as error:
            raise self._stop("crashed", str(error), id) from None
        finally:
            self.used += time.monotonic() - began

    def _start(self) -> Worker:
        worker = Worker(start(self.limits, self.allows, sandbox=self.sandbox))
        try:
            if worker.receive(time.monotonic() + START)[0].get("op") == "ready":
                return worker
        except (Incident, ProtocolError):
            pass
        worker.close()
        raise SandboxError("the sandbox did not start, though it did when grading began")

    def _load(self) -> None:
        """Send the cells and follow where the worker is, until it has loaded them."""
        self.place = (0, 0)
        began = time.monotonic()
        try:
            deadline = self._deadline(self.limits.cell)
            self.worker.send({"wanted": self.wanted, "skip": self.skip}, self.cells, deadline)
            while True:
                said, _ = self.worker.receive(deadline)
                if said.get("op") == "loaded":
                    return self._note_loaded(said)
                if said.get("op") != "at":
                    raise ProtocolError("a frame that belongs nowhere")
                cell, statement = said.get("cell"), said.get("statement")
                if not (type(cell) is type(statement) is int and 0 <= cell < 10**6 and 0 <= statement < 10**6):
                    raise ProtocolError("a place that is none")
                if cell != self.place[0]:  # a new cell, a new allowance; never beyond the total
                    deadline = self._deadline(self.limits.cell, since=began)
                self.place = (cell, statement)
        finally:
            self.used += time.monotonic() - began

    def _note_loaded(self, said: dict) -> None:
        found, errors = said.get("found"), said.get("errors")
        if type(found) is not list or type(errors) is not list:
            raise ProtocolError("a list that is none")
        self.found = {id for id in found if type(id) is str and id in self.wanted}
        self.errors = []
        for error in errors[:100]:
            if type(error) is not list or len(error) != 3 or type(error[0]) is not int:
                raise ProtocolError("an error that is none")
            self.errors.append((error[0], scrubbed(error[1])))
            if error[2] is True:
                self.incidents.append(Incident("memory", f"cell {error[0] + 1}: {scrubbed(error[1])}", cell=error[0]))

    def _outcome(self, id: str, described: object, raw: memoryview) -> Outcome:
        if type(described) is not dict:
            raise ProtocolError("a reply without a value")
        if described.get("kind") == "unfinished":
            return Outcome(error=scrubbed(described.get("text")), unfinished=True)
        if described.get("kind") == "error":
            text = scrubbed(described.get("text")) or "an error"
            if described.get("memory") is True:
                self.incidents.append(Incident("memory", text, id))
            return Outcome(error=text)
        value, rest = protocol.decode(described, raw)
        if len(rest):
            raise ProtocolError(f"{len(rest)} bytes that belong to nothing")
        return Outcome(value)

    def _deadline(self, seconds: float, since: float | None = None) -> float:
        now = time.monotonic()
        used = self.used + (now - since if since else 0)
        return now + max(0.0, min(seconds, self.limits.total - used))

    def _check_budget(self) -> None:
        if self.used >= self.limits.total:
            raise Incident("timeout", f"the submission used up its {self.limits.total:g} s")
        if self.stops >= STOPS:
            raise Incident(self.incidents[-1].status, f"the process ended {self.stops} times")

    def _stop_cell(self, status: str, reason: str) -> None:
        """End the worker in a cell, and leave the statement out of the next run."""
        incident = self._stop(status, f"cell {self.place[0] + 1}: {reason}")
        incident.cell = self.place[0]
        self.skip.append(self.place)

    def _stop(self, status: str, reason: str, exercise: str = "") -> Incident:
        """End the worker for a reason, which is noted."""
        self.close()
        self.stops += 1
        self.incidents.append(Incident(status, reason, exercise))
        return self.incidents[-1]


def scrubbed(text: object) -> str:
    """Keep the printable start of a message, without the addresses that change from run to run."""
    return re.sub(r"0x[0-9a-fA-F]{4,}", "0x…", protocol.plain_text(text))
