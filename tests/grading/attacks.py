"""Hostile notebooks: each has one honest answer (6.3, worth 4) and tries to gain, to escape or to break something.

An attack that tries to reach something it must not sets `leaked` when it does, and then answers 6.4 right: a hole shows
as points. What a test fills in stands between @ signs. Nothing here could harm the machine if the sandbox failed: connections go to listeners that the test opened,
files to paths that the test made, and limits hold without the sandbox too.
"""

from dataclasses import dataclass

HONEST = """
import numpy as np
from segbook.exercises import check

def conv_transpose_output_size(input_size, kernel_size, *, stride, padding, dilation):
    return (input_size - 1) * stride - 2 * padding + dilation * (kernel_size - 1) + 1

check("6.3", conv_transpose_output_size)
"""
BEFORE = "leaked = False"
IF_LEAKED = """
def restoring_output_padding(input_size, kernel_size, *, stride, padding):
    return (input_size + 2 * padding - kernel_size) % stride if leaked else -1

check("6.4", restoring_output_padding)
"""
PIPES = """
import os, stat
pipes = []
for fd in range(3, 64):
    try:
        if stat.S_ISFIFO(os.fstat(fd).st_mode):
            pipes.append(fd)
    except OSError:
        pass
"""
FRAME = """
import json, struct
def frame(header, body=b""):
    text = json.dumps(header).encode()
    return struct.pack(">II", len(text), len(body)) + text + body
def say(data):
    for fd in pipes:
        try:
            os.write(fd, data)
        except OSError:
            pass
"""


@dataclass(frozen=True)
class Attack:
    """A hostile notebook.

    Args:
        cells: Its code; the honest answer stands before it.
        status: What the result must say.
        earned: Points, the honest 4 unless the attack forfeits them.
    """

    cells: tuple[str, ...]
    status: str = "ok"
    earned: int = 4


def reach(code: str, status: str = "ok") -> Attack:
    """Try to reach something; `leaked` says whether it worked."""
    body = "\n".join(f"    {line}" for line in code.strip().splitlines())
    return Attack((BEFORE, f"try:\n{body}\nexcept BaseException as error:\n    print(error)", IF_LEAKED), status)


def answer(body: str, status: str = "ok", setup: str = "", earned: int = 4) -> Attack:
    """Answer 6.4 with a body of our choice."""
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    define = f"def restoring_output_padding(input_size, kernel_size, *, stride, padding):\n{lines}\n"
    return Attack((f"{setup}\n{define}\ncheck('6.4', restoring_output_padding)",), status, earned)


def array_answer(expression: str, setup: str = "") -> Attack:
    """Answer 6.1 with an expression for the array W."""
    return Attack((f"{setup}\ndef conv_matrix(weight, input_size, *, stride, padding):\n    return {expression}\n",))


LOOPS = {
    "loop in a cell": Attack(("while True: pass",), "timeout"),
    "loop at import": Attack(
        ("open('/tmp/slow.py', 'w').write('while True: pass')\nimport sys; sys.path.append('/tmp')\nimport slow",),
        "timeout",
    ),
    "loop in a call": answer("while True: pass", "timeout"),
    "loop in __del__": Attack(
        ("class Loop:\n    def __del__(self):\n        while True: pass\n\nthing = Loop()\ndel thing",), "timeout"
    ),
    "loop in __del__ after a call": answer(
        "Loop()\nreturn 0", "timeout", "class Loop:\n    def __del__(self):\n        while True: pass\n"
    ),
    "loop that catches everything": Attack(
        ("import time\nwhile True:\n    try:\n        time.sleep(60)\n    except BaseException:\n        pass",),
        "timeout",
    ),
    "loop in C": Attack(("x = 9 ** 9 ** 9",), "timeout"),
    "loop at exit": Attack(("import atexit\n@atexit.register\ndef loop():\n    while True: pass",)),
    "stops itself": Attack(("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",), "timeout"),
    "loop in an exception's text": Attack(
        ("class E(Exception):\n    def __str__(self):\n        while True: pass\nraise E()",), "timeout"
    ),
}

BOMBS = {
    "memory, in small pieces": Attack(("held = [np.empty(10**6) for _ in range(200)]",), "memory"),
    "memory, in one array": Attack(("np.ones(10**11)",), "memory"),
    "memory, in a call": answer("held = [np.empty(10**6) for _ in range(200)]\nreturn 0", "memory"),
    "memory, in memfd": reach(
        """
import ctypes
leaked = ctypes.CDLL(None, use_errno=True).syscall(319, b"x", 0) >= 0
"""
    ),
    "memory, in a shared segment": reach(
        """
import ctypes
leaked = ctypes.CDLL(None).shmget(0, 1 << 28, 0o1600) >= 0
"""
    ),
    "fork bomb": reach("import os\nfor _ in range(4):\n    os.fork()\n    leaked = True"),
    "thread bomb": reach(
        """
import threading, time
for _ in range(50):
    threading.Thread(target=time.sleep, args=(1,), daemon=True).start()
    leaked = True
"""
    ),
    "starts a program": reach("import subprocess\nsubprocess.run(['/bin/sh', '-c', 'true'])\nleaked = True"),
    "replaces itself by a program": Attack(
        ("import os, sys\nos.execv(sys.executable, [sys.executable, '-c', 'while True: pass'])",), "crashed"
    ),
    "disk, one file": reach(
        "with open('/tmp/big', 'wb') as file:\n    for _ in range(64): file.write(bytes(1 << 20))\nleaked = True"
    ),
    "disk, many files": reach(
        "for n in range(64):\n    with open(f'/tmp/{n}', 'wb') as file: file.write(bytes(1 << 20))\nleaked = True"
    ),
    "disk, in /dev/shm": reach("open('/dev/shm/x', 'wb').write(b'x')\nleaked = True"),
    "output": Attack(("import sys\nfor _ in range(200): print('x' * 100_000); sys.stderr.write('x' * 100_000)",)),
    "endless recursion": answer(
        "return restoring_output_padding(input_size, kernel_size, stride=stride, padding=padding)"
    ),
    "deeply nested code": Attack(("x = " + "-" * 100_000 + "1",), "memory"),
}

ENDS = {
    "os._exit in a cell": Attack(("import os; os._exit(0)",), "crashed"),
    "os._exit in a call": answer("import os; os._exit(0)", "crashed"),
    "kills itself": Attack(("import os; os.kill(os.getpid(), 9)",), "crashed"),
    "segmentation fault": Attack(("import ctypes; ctypes.string_at(0)",), "crashed"),
    "abort": Attack(("import os; os.abort()",), "crashed"),
    "kills everything it may": reach(
        """
import os
if os.getpid() > 9:
    leaked = True  # not in a process namespace: better not try
else:
    for pid in (1, os.getppid(), -1):
        try:
            os.kill(pid, 9)
        except OSError:
            pass
"""
    ),
    "sys.exit in a cell": Attack(("import sys; sys.exit(0)",)),
    "SystemExit in a call": answer("raise SystemExit(0)"),
    "KeyboardInterrupt in a call": answer("raise KeyboardInterrupt"),
    "closes all files": Attack(("import os; os.closerange(0, 64)",), "crashed"),
}

NETWORK = {
    "TCP": reach(
        "import socket\nsocket.create_connection(('127.0.0.1', @tcp@), timeout=1).sendall(b'x')\nleaked = True"
    ),
    "DNS": reach(
        """
import socket
query = b"\\x12\\x34\\x01\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x01a\\x00\\x00\\x01\\x00\\x01"
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as dns:
    dns.settimeout(0.3)
    dns.sendto(query, ("127.0.0.1", @udp@))
    leaked = bool(dns.recv(100))
"""
    ),
    "unix socket": reach("import socket\nsocket.socket(socket.AF_UNIX).connect(@unix@)\nleaked = True"),
    "abstract socket": reach("import socket\nsocket.socket(socket.AF_UNIX).connect('\\0' + @abstract@)\nleaked = True"),
}

READING = {
    "/proc": reach("import os\nleaked = bool(os.listdir('/proc'))"),
    "memory of the parent": reach("import os\nopen(f'/proc/{os.getppid()}/mem', 'rb')\nleaked = True"),
    "memory of the parent, by ptrace": reach(
        "import ctypes, os\nleaked = ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0) == 0"
    ),
    "environment": reach(
        """
import os
allowed = {"HOME", "LANG", "PWD", "PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE", "CUDA_VISIBLE_DEVICES", "LC_CTYPE"}
leaked = bool({name for name in os.environ if not name.endswith("_NUM_THREADS")} - allowed)
"""
    ),
    "the secret, in arguments": reach("import sys\nleaked = @secret@ in repr(sys.orig_argv)"),
    "cases, in memory": reach(
        """
import gc, sys
frames = list(sys._current_frames().values())
held = [value for value in gc.get_objects() if type(value).__name__ in ("Case", "Exercise", "Plan", "Outcome")]
leaked = bool(held) or @terces@[::-1] in repr([frame.f_locals for frame in frames])
"""
    ),
    "cases, by asking for the next": reach(
        """
import os
for name in ("segbook", "segbook.exercises.chapter06", "exercises"):
    module = __import__(name)
    leaked = leaked or hasattr(module, "catalogue") or hasattr(module, "exercise")
"""
    ),
    "files of others": reach("leaked = bool(open(@other@).read())"),
    "folders of the machine": reach("import os\nleaked = any(os.path.exists(path) for path in @folders@)"),
    "the reference, by solution": reach(
        "from segbook.exercises import solution\nleaked = 'def ' in str(solution('6.4'))"
    ),
    "the reference, by hint": reach("from segbook.exercises import hint\nleaked = hint('6.4') is not None"),
    "the reference, by import": Attack(
        ("from segbook.exercises.chapter06.output_padding import restoring_output_padding\n",)
    ),
    "the reference, by its file": reach("leaked = 'def ' in open(@reference@).read()"),
    "the reference, in site-packages": reach(
        """
import glob, sys
places = [f"{root}/lib*/python3*/*-packages/*" for root in ("/usr", "/usr/local", sys.prefix, sys.base_prefix)]
leaked = any(glob.glob(place) for place in places)
"""
    ),
    "the module's operators": Attack(("from segbook.ops import conv_matrix\nfrom segbook import shapes\n",)),
    "torch, where only NumPy is allowed": Attack(
        (
            """
def conv_transpose1d(x, weight, *, stride, padding):
    import torch
    full = torch.nn.functional.conv_transpose1d(torch.tensor(x)[None, None], torch.tensor(weight)[None, None], stride=stride)
    return full[0, 0].numpy()[padding : len(full[0, 0]) - padding]
""",
        )
    ),
}

WRITING = {
    "outside": Attack(("open(@outside@, 'w').write('x')",)),
    "outside, as a folder": Attack(("import os\nos.makedirs(@outside@)",)),
    "outside, by a link": Attack(("import os\nos.symlink(@outside@, '/tmp/link')\nopen('/tmp/link', 'w')",)),
    "the interpreter": reach("import os\nopen(os.__file__, 'a')\nleaked = True"),
    "NumPy": reach("open(np.__file__, 'a')\nleaked = True"),
    "the worker": reach("import sys\nopen('/grader/worker.py', 'a')\nleaked = True"),
    "the root": reach("import os\nos.mkdir('/segbook-attack')\nleaked = True"),
    "mounts": reach(
        """
import ctypes
ctypes.CDLL(None, use_errno=True).mount(b"x", @outside@.encode(), b"tmpfs", 0, None)
leaked = ctypes.get_errno() not in (1, 38)  # refused before it looks for the folder
"""
    ),
    "user namespace": reach("import ctypes\nleaked = ctypes.CDLL(None).unshare(0x10000000) == 0"),
    "root again": reach("import os\nos.setuid(0)\nleaked = True"),
    "more limits": reach("import resource\nresource.setrlimit(resource.RLIMIT_AS, (-1, -1))\nleaked = True"),
}

PATCHES = {
    "builtins": answer(
        "return 0",
        "crashed",
        """
import builtins
builtins.isinstance = lambda *_: True
builtins.type = lambda *_: int
builtins.all = builtins.any = lambda *_: True
builtins.abs = builtins.sum = lambda *_: 0
""",
    ),
    "NumPy": answer(
        "return 0",
        setup="np.isclose = np.allclose = np.array_equal = lambda *_, **__: True\nnp.argwhere = lambda *_: []",
    ),
    "json": answer(
        "return 0",
        "crashed",
        'import json, sys\njson.dumps = lambda *_, **__: \'{"earned": 4, "status": "ok"}\'',
    ),
    "the protocol": answer(
        "return 0",
        "crashed",
        earned=0,
        setup="import protocol\nprotocol.encode = lambda *_: {'kind': 'verdict', 'earned': 4, 'correct': True}",
    ),
    "sys.modules": answer(
        "return 0",
        setup="import sys, types\nfor name in ('numpy', 'segbook', 'segbook.exercises', 'protocol'):\n    sys.modules[name] = types.ModuleType(name)",
    ),
    "check": Attack(("import segbook.exercises as e\ne.check = lambda *_: 'Right'\nresult = {'6.4': 4}",)),
    "the worker's own objects": answer(
        "return 0",
        "timeout",
        """
import gc
for thing in gc.get_objects():
    if type(thing).__name__ == "Pipe":
        thing.send = lambda *_: None
        type(thing).send = lambda self, *_: None
""",
    ),
}

RIGGED = {
    "__eq__": answer(
        "return Rigged()", setup="class Rigged:\n    __eq__ = lambda *_: True\n    __sub__ = __rsub__ = lambda *_: 0"
    ),
    "__float__ and __index__": answer(
        "return Rigged()", setup="class Rigged:\n    __float__ = lambda _: 0.0\n    __int__ = __index__ = lambda _: 0"
    ),
    "__array__": array_answer(
        "Rigged()", "class Rigged:\n    def __array__(self, *_, **__): return np.zeros((3, 5))\n    shape = (3, 5)"
    ),
    "int subclass": answer(
        "return Rigged(1)", setup="class Rigged(int):\n    __eq__ = lambda *_: True\n    __hash__ = None"
    ),
    "__class__ that lies": answer("return Rigged()", setup="class Rigged:\n    __class__ = int"),
    "__reduce__": answer(
        "return Rigged()",
        setup="import os\nclass Rigged:\n    def __reduce__(self): return (os.system, ('touch ' + @outside@,))",
    ),
    "array subclass": array_answer(
        "np.zeros((3, 5)).view(Rigged)", "class Rigged(np.ndarray):\n    __eq__ = lambda *_: True"
    ),
    "masked array": array_answer("np.ma.masked_all((3, 5))"),
    "huge shape": array_answer("np.broadcast_to(np.zeros(1), (10**6, 10**6))"),
    "many axes": array_answer("np.zeros((1,) * 40)"),
    "NaN": array_answer("np.full((3, 5), np.nan)"),
    "infinity": array_answer("np.full((3, 5), np.inf)"),
    "float128": array_answer("np.zeros((3, 5), np.longdouble)"),
    "complex": array_answer("np.zeros((3, 5), complex)"),
    "objects": array_answer("np.full((3, 5), None)"),
    "text": array_answer("np.full((3, 5), '1')"),
    "structured": array_answer("np.zeros((3, 5), [('a', 'f8')])"),
    "text for a number": answer("return '0'"),
    "True for 1": answer("return bool((input_size + 2 * padding - kernel_size) % stride)"),
    "fraction for an int": answer("return 0.25 + float((input_size + 2 * padding - kernel_size) % stride)"),
    "endless int": answer("return 1 << 10**6"),
    "endless list": answer("x = []\nx.append(x)\nreturn x"),
    "endless text": answer("return 'x' * 10**7"),
    "generator": answer("return (n for n in range(10))"),
}


def wait_for_a_call(act: str) -> str:
    """Do something in a call of 6.4, then answer wrong."""
    lines = "\n".join(f"    {line}" for line in act.strip().splitlines())
    return f"def restoring_output_padding(input_size, kernel_size, *, stride, padding):\n{lines}\n    return -1\n"


FRAMES = {
    "a verdict, before": Attack(
        (PIPES + FRAME, "say(frame({'op': 'loaded', 'earned': 20, 'status': 'ok'}))"), "crashed"
    ),
    "loaded, before its time": Attack(
        (PIPES + FRAME, "say(frame({'op': 'loaded', 'found': ['6.1', '6.2', '6.4'], 'errors': []}))"), "crashed", 0
    ),
    "replies, before any call": Attack(
        (PIPES + FRAME, "say(frame({'nonce': '0' * 16, 'value': {'kind': 'int', 'value': 0}}) * 9)"), "crashed"
    ),
    "replies, in a call": Attack(
        (
            PIPES + FRAME,
            wait_for_a_call("say(frame({'nonce': '0', 'value': {'kind': 'int', 'value': 0}}) * 9)"),
        ),
        "crashed",
    ),
    "a reply with the right nonce": Attack(
        (
            PIPES + FRAME,
            wait_for_a_call("""
import sys
above = sys._getframe()
while not hasattr(above.f_locals.get("call"), "nonce"):
    above = above.f_back
say(frame({"nonce": above.f_locals["call"].nonce, "value": {"kind": "int", "value": 0}, "earned": 4}) * 2)
"""),
        ),
        "crashed",
    ),
    "half a frame": Attack((PIPES + FRAME, "import time\nsay(frame({'op': 'at'})[:9]) or time.sleep(60)"), "crashed"),
    "half a frame, then the end": Attack((PIPES + FRAME, "say(frame({'op': 'at'})[:9]) or os._exit(0)"), "crashed"),
    "a flood": Attack((PIPES + FRAME, "while True: say(b'x' * 65536)"), "crashed"),
    "a flood of places": Attack(
        (PIPES + FRAME, "while True: say(frame({'op': 'at', 'cell': 0, 'statement': 1}))"), "timeout"
    ),
    "places that move on for ever": Attack(
        (
            PIPES + FRAME,
            "n = 0\nwhile True:\n    n += 1\n    say(frame({'op': 'at', 'cell': n % 3, 'statement': 1}))",
        ),
        "timeout",
    ),
    "a frame that is too long": Attack((PIPES + FRAME, "say(struct.pack('>II', 2**32 - 1, 2**32 - 1))"), "crashed"),
    "a header that is too deep": Attack(
        (PIPES + FRAME, "text = b'[' * 100000\nsay(struct.pack('>II', len(text), 0) + text)"), "crashed"
    ),
    "a header that is a pickle": Attack(
        (PIPES + FRAME, "import pickle\ntext = pickle.dumps(print)\nsay(struct.pack('>II', len(text), 0) + text)"),
        "crashed",
    ),
    "reads the grader's frames": Attack((PIPES + FRAME, "data = [os.read(fd, 1) for fd in pipes]"), "timeout"),
    "an array without its bytes": answer(
        "return 0",
        "crashed",
        earned=0,
        setup="import protocol\nprotocol.encode = lambda *_: {'kind': 'array', 'dtype': '<f8', 'shape': [10**9]}",
    ),
    "an array of objects": answer(
        "return 0",
        "crashed",
        earned=0,
        setup="import protocol\nprotocol.encode = lambda *_: {'kind': 'array', 'dtype': '|O', 'shape': [1]}",
    ),
    "printed points": Attack(('print(\'{"earned": 20, "status": "ok"}\')\nprint("6.4: 4 of 4 points")',)),
}

TEXTS = {
    "HTML in an error": answer("raise ValueError('<script>alert(1)</script>')"),
    "HTML in a type's name": answer("return type('<img src=x onerror=alert(1)>', (), {})()"),
    "HTML in a cell's error": Attack(("raise ValueError('</table><script>alert(1)</script>')",)),
    "control characters in an error": answer("raise ValueError('\\x1b[2J\\x00\\u202e')"),
    "a lone surrogate in an error": answer("raise ValueError('\\ud800')"),
}

GROUPS = {
    "loop": LOOPS,
    "bomb": BOMBS,
    "end": ENDS,
    "network": NETWORK,
    "read": READING,
    "write": WRITING,
    "patch": PATCHES,
    "rigged": RIGGED,
    "frames": FRAMES,
    "text": TEXTS,
}
# Where 6.4 allows torch.
TORCH = {
    "torch: patched": answer(
        "return 0",
        setup="""
import torch
torch.equal = torch.allclose = lambda *_, **__: True
torch.Tensor.__eq__ = torch.Tensor.detach = torch.Tensor.numpy = lambda *_: np.zeros(())
""",
    ),
    "torch: a tensor for a number": answer(
        "import torch\nreturn torch.tensor((input_size + 2 * padding - kernel_size) % stride)"
    ),
    "torch: a rigged tensor": answer(
        "return torch.zeros(()).as_subclass(Rigged)",
        setup="""
import torch
class Rigged(torch.Tensor):
    __eq__ = lambda *_: True
    __int__ = __index__ = lambda _: 0
    __hash__ = None
""",
    ),
    "torch: the module's operators": reach(
        "import torch\nfrom segbook.shapes import conv_output_size\nleaked = conv_output_size(5, 3) == 3"
    ),
}
ATTACKS = {f"{group}: {name}": attack for group, attacks in GROUPS.items() for name, attack in attacks.items()}
