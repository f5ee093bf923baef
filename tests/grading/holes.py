"""More hostile code, of kinds that came later: the kernel's memory, the worker's own process, odd texts.

What only tries to reach something, and sets `leaked` when it does, is tried in one sandbox (`test_system_calls.py`); the
other attacks are notebooks of the siege.
"""

from attacks import FRAME, IF_LEAKED, PIPES, Attack, answer, reach

FILL = """
import os
os.mkdir("/tmp/d")
n = 0
while n < 10**6:  # about a gigabyte of the kernel's memory, should nobody stop it
    @make@
    n += 1
leaked = True
"""
REACHES = {
    "attributes of files": "import os\nopen('/tmp/a', 'w').close()\nos.setxattr('/tmp/a', 'user.a', b'x')\nleaked = True",
    "larger pipes": """
import fcntl, os
reader, writer = os.pipe()
fcntl.fcntl(writer, 1031, 1 << 20)
leaked = True
""",
    "full pipes": """
import os
held = 0
try:
    while True:
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        try:
            while True:
                held += os.write(writer, bytes(4096))
        except BlockingIOError:
            pass
except OSError:
    leaked = held > 4 << 20
""",
    "full socket pairs": """
import socket
held, pairs = 0, []
try:
    while True:
        pairs.append(socket.socketpair())
        pairs[-1][0].setblocking(False)
        try:
            while True:
                held += pairs[-1][0].send(bytes(4096))
        except BlockingIOError:
            pass
except OSError:
    leaked = held > 16 << 20
""",
    "descriptors sent to nobody": """
import socket
one, other = socket.socketpair()
for _ in range(500):
    socket.send_fds(one, [b"x"], [0])
    leaked = True
""",
    "shared memory": "import mmap\nmmap.mmap(-1, 2 << 30)\nleaked = True",
    "locked memory": "import ctypes\nleaked = ctypes.CDLL(None).mlockall(3) == 0",
    "watched folders": "import ctypes\nleaked = ctypes.CDLL(None).inotify_init() >= 0",
    "queued signals": "import resource\nleaked = resource.getrlimit(resource.RLIMIT_SIGPENDING)[1] > 64  # each is the kernel's memory",
    "a child by multiprocessing": "import multiprocessing\nmultiprocessing.get_context('fork').Process(target=print).start()\nleaked = True",
    "a program by posix_spawn": "import os, sys\nos.posix_spawn(sys.executable, [sys.executable, '-c', ''], {})\nleaked = True",
    "a thread by _thread": "import _thread\n_thread.start_new_thread(print, ())\nleaked = True",
    "another priority": "import os\nos.nice(1)\nleaked = True",
    "another session": "import os\nos.setsid()\nleaked = True",
    "what else is open": """
import os
kinds = []
for fd in range(64):
    try:
        kinds.append(os.readlink(f"/proc/self/fd/{fd}") if os.path.exists("/proc") else os.fstat(fd).st_mode >> 12)
    except OSError:
        pass
leaked = sorted(kinds) != [1, 1, 2, 2, 2, 2]  # two pipes, and nowhere four times
""",
    "devices": """
import os
harmless = {"console", "core", "fd", "full", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout"}
leaked = bool(set(os.listdir("/dev")) - harmless - {"tty", "urandom", "zero"})
""",
    "the machine's name": "import os\nleaked = os.uname().nodename != 'sandbox'",
    "accounts": "import pwd\nleaked = bool(pwd.getpwall())",
    "a terminal": "open('/dev/tty', 'rb')\nleaked = True",
    "the interpreter's rights": "import os\nos.chmod(os.__file__, 0o777)\nleaked = True",
    "the worker's times": "import os\nos.utime('/grader/worker.py')\nleaked = True",
    "NumPy, by its mapping": "import mmap\nwith open(np.__file__, 'rb') as file:\n    mmap.mmap(file.fileno(), 0, prot=mmap.PROT_WRITE)[0] = 0\nleaked = True",
}

MEMORY = {
    "many empty files": reach(FILL.replace("@make@", "os.close(os.open(f'/tmp/d/{n}', os.O_CREAT))"), "memory"),
    "many folders": reach(FILL.replace("@make@", "os.mkdir(f'/tmp/d/{n}')"), "memory"),
    "many links": reach(FILL.replace("@make@", "os.symlink('x' * 900, f'/tmp/d/{n}')"), "memory"),
    "many names of one file": reach(
        "open('/tmp/one', 'w').close()" + FILL.replace("@make@", "os.link('/tmp/one', f'/tmp/d/{n}')"), "memory"
    ),
    "many files, in a call": answer(
        FILL.replace("@make@", "os.close(os.open(f'/tmp/d/{n}', os.O_CREAT))") + "return 0", "memory"
    ),
    "all descriptors": Attack(("import os\nheld = [os.dup(0) for _ in range(100)]",)),
    "a text of 10 MB in an error": answer("raise ValueError('x' * 10**7)"),
    "a file cut under its mapping": Attack(
        (
            """
import mmap
with open("/tmp/m", "w+b") as file:
    file.truncate(1 << 16)
    held = mmap.mmap(file.fileno(), 1 << 16)
    file.truncate(0)
    held[5000]
""",
        ),
        "crashed",
    ),
}

ALONE = {
    "an endless device": Attack(("open('/dev/zero', 'rb').read(1 << 40)",), "memory"),
    "remembers the last run": Attack(
        (
            "import os\nleaked = os.path.exists('/tmp/seen')",
            "open('/tmp/seen', 'w').close()\nos._exit(1)",
            IF_LEAKED,
        ),
        "crashed",
    ),
}

OWN = {
    "no names": Attack(("globals().clear()",)),
    "no builtins": Attack(("__builtins__ = {}", "x = 1")),
    "__import__": answer("return 0", setup="import builtins\nbuiltins.__import__ = None"),
    "the stand-in for imports": Attack(("__stand_in__ = None", "import nowhere", "x = 1")),
    "os.write": answer(
        "return 0",
        "crashed",
        earned=0,
        setup="import os\nreal = os.write\nos.write = lambda fd, data: real(fd, bytes(data).replace(b'value', b'eulav'))",
    ),
    "struct": answer("return 0", "crashed", setup="import protocol\nprotocol.LENGTHS = None"),
    "a place in no cell": Attack(
        (
            """
import protocol
real = protocol.pack_loaded
protocol.pack_loaded = lambda loaded: real(loaded._replace(errors=[protocol.CellError(protocol.Place(999, 1), "x")]))
""",
        ),
        "crashed",
    ),
    "the call's arguments": answer(
        "return 0",
        earned=0,
        setup="import protocol\nprotocol.Call.arguments = lambda self: ((0, 0), {'stride': 1, 'padding': 0})",
    ),
    "another answer's place": Attack(
        (
            """
import gc
for thing in gc.get_objects():
    if type(thing).__name__ == "Running":
        thing.received.update({id: conv_transpose_output_size for id in ("6.1", "6.2", "6.4", "6.5")})
""",
        )
    ),
    "closes the pipe in a call": answer("import os\nos.closerange(3, 64)\nreturn 0", "crashed"),
    "a byte into the pipe, in a call": Attack(
        (
            PIPES,
            "def restoring_output_padding(*_, **__):\n    for fd in pipes:\n        try: os.write(fd, b'x')\n"
            "        except OSError: pass\n    return 0",
        ),
        "crashed",
    ),
    "an answer to the next question": Attack(
        (
            PIPES + FRAME,
            """
import json, sys
def restoring_output_padding(*_, **__):
    above = sys._getframe()
    while not hasattr(above.f_locals.get("call"), "nonce"):
        above = above.f_back
    nonce = above.f_locals["call"].nonce
    for value in range(9):
        say(frame({"nonce": nonce, "value": {"kind": "int", "value": value}}))
    return 0
""",
        ),
        "crashed",
    ),
    "empty arrays with endless axes": answer(
        "return 0",
        "crashed",
        earned=0,
        setup="import protocol\nprotocol.encode = lambda *_: "
        "{'kind': 'array', 'dtype': '<f8', 'shape': [0, 2**40, 2**40, 2**40]}",
    ),
    "an error that describes itself for ever": answer(
        "raise E()",
        setup="class T(str):\n    def split(self): return self\n    def __iter__(self): return iter(['x'] * 10**5)\n"
        "class E(Exception):\n    def __str__(self): return T('x')",
    ),
    "an error whose name is no text": answer(
        "raise E()",
        setup="class M(type):\n    __name__ = property(lambda self: 5)\nclass E(Exception, metaclass=M): pass",
    ),
    "a NameError without a name": Attack(("raise NameError(name=[])",)),
    "a null byte": Attack(("x = '\0'",)),
    "a line for every character": Attack(("\n" * 500_000 + "x = 1",)),
    "magic upon magic": Attack(("%%time\n" * 3000 + "x = 1",)),
}

GROUPS = {"kernel": MEMORY, "alone": ALONE, "own process": OWN}
HOLES = {f"{group}: {name}": attack for group, attacks in GROUPS.items() for name, attack in attacks.items()}
