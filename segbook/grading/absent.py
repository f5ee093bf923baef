"""Stand-ins for packages that the sandbox does not hold, used by the worker inside it.

A notebook plots, shows progress and compiles around its answers: with matplotlib, tqdm or numba. What only decorates
an answer does nothing here, and what needs a value (arithmetic, a number, an array) raises ImportError. Only the
student's own imports get stand-ins: a library that looks for an optional package must not find one.
"""

import ast
import opcode
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

NEEDS_A_VALUE = """
len next contains int float complex index array fspath await neg pos abs invert lt le gt ge delitem
add sub mul matmul truediv floordiv mod divmod pow lshift rshift and xor
radd rsub rmul rmatmul rtruediv rfloordiv rmod rdivmod rpow rlshift rrshift rand rxor
"""
ASKED = ("__version__", "__name__", "__file__")
PRETENDED = ("segbook", "segbook.exercises")
PARTS = ("checks", "data", "files", "inputs", "losses", "metrics", "models", "objects", "ops", "palette")
PARTS += ("pixel_weights", "plot", "shapes", "train", "widgets")  # of segbook
QUIET = ("hint", "progress", "solution")  # of segbook.exercises
BARS = ("tqdm", "tqdm_notebook", "track", "progress_bar", "progressbar", "alive_it")  # they loop over what they get
where = "here"  # in which exercise, while one is called
UNPACK = opcode.opmap["UNPACK_SEQUENCE"]


class Absent:
    """Something of a package that is not here: its attributes and results are absent, too.

    Args:
        name: What it is called, such as "matplotlib.pyplot.figure".
        over: What a loop over it goes through, as over `tqdm(range(3))`.
        truth: Whether `if` takes it for true.
    """

    def __init__(self, name: str, over: object = None, truth: bool = False) -> None:
        self._name: str
        self._over: object
        self._truth: bool
        self.__dict__.update(_name=name, _over=over, _truth=truth)

    def __getattr__(self, name: str) -> "Absent":
        if name.startswith("__") and name not in ASKED:
            raise AttributeError(name)
        return Absent(f"{self._name}.{name}")

    def __setattr__(self, name: str, value: object) -> None:
        pass

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Give a function back as a decorator would; else give something absent."""
        if len(args) == 1 and not options and callable(args[0]) and not isinstance(args[0], Absent):
            return args[0]
        if args and self._name.endswith("range"):  # numba's prange, tqdm's trange
            return Absent(self._name, range(*args))
        return Absent(self._name, *(args[:1] if self._name.rpartition(".")[2] in BARS else ()))

    def __getitem__(self, key: object) -> "Absent":
        return Absent(self._name)

    def __setitem__(self, key: object, value: object) -> None:
        pass

    def __iter__(self) -> Iterator[Any]:
        """Loop over what was wrapped; `figure, axes = subplots()` gets as many as it asks for."""
        caller = sys._getframe(1)
        code = caller.f_code.co_code
        if code[caller.f_lasti] == UNPACK:
            return iter([Absent(self._name)] * code[caller.f_lasti + 1])
        if isinstance(self._over, Iterable):
            return iter(self._over)
        raise self.refusal()

    def __enter__(self) -> "Absent":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __bool__(self) -> bool:
        return self._truth

    def __or__(self, other: object) -> "Absent":  # in annotations: torch.Tensor | None
        return self

    __ror__ = __or__

    def __instancecheck__(self, value: object) -> bool:
        return False

    __subclasscheck__ = __instancecheck__

    def __mro_entries__(self, bases: tuple[object, ...]) -> tuple[type, ...]:
        first = next(base for base in bases if isinstance(base, Absent))
        return (Child,) if first is self else ()

    def __repr__(self) -> str:
        return f"<{self._name}, which is not here>"

    def __format__(self, spec: str) -> str:
        return repr(self)

    def refusal(self) -> ImportError:
        """Say that it has no value."""
        root = self._name.partition(".")[0]
        return ImportError(f"{root} cannot be used {where}")


class Child:
    """What a class inherits in place of a base that is absent, such as `nn.Module`."""

    def __init__(self, *args: object, **options: object) -> None:
        """Take whatever the absent base would have taken."""

    def __getattr__(self, name: str) -> Absent:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent(f"{type(self).__name__}.{name}")

    def __call__(self, *args: object, **options: object) -> Absent:
        """Give something absent, as a network would."""
        return Absent(f"{type(self).__name__}()")


def _refuse(self: Absent, *_: object) -> None:
    raise self.refusal()


for _operation in NEEDS_A_VALUE.split():
    setattr(Absent, f"__{_operation}__", _refuse)


def pretend_segbook(check: Callable[..., object]) -> None:
    """Let `segbook` be imported with what students call around their answers; the rest of it is absent."""
    package, exercises = (ModuleType(name) for name in PRETENDED)
    for module in (package, exercises):  # a notebook may ask find_spec whether it has to install them
        module.__spec__ = ModuleSpec(module.__name__, None, is_package=True)
    exercises.__dict__.update(check=check, **dict.fromkeys(QUIET, quiet))
    package.__dict__.update({part: Absent(f"segbook.{part}") for part in PARTS}, __path__=[], exercises=exercises)
    sys.modules.update({"segbook": package, "segbook.exercises": exercises})


def quiet(*args: object, **options: object) -> None:
    """Show nothing."""


def stand_in(module: str, name: str = "") -> object:
    """Give what an import that has just failed is to bind; called where it failed.

    Raises:
        ImportError: The same again, if the package is here and only a part of it is not.
    """
    error, root = sys.exc_info()[1], module.partition(".")[0]
    missing = isinstance(error, ModuleNotFoundError) and error.name == root
    if isinstance(error, ImportError) and not missing and root not in PRETENDED:
        raise error
    if module in PRETENDED and not name:  # `import segbook.ops` binds segbook
        return sys.modules[module]
    return Absent(f"{module}.{name}" if name else module)


class GuardImports(ast.NodeTransformer):
    """Let every import bind a stand-in where its package is absent; one that a `try` expects to fail may fail.

    Args:
        called: The name of `stand_in` where the code will run.
    """

    def __init__(self, called: str) -> None:
        self.called = called

    def visit_Import(self, node: ast.Import) -> list[ast.stmt]:
        """Guard each module of `import a, b.c as d`."""
        return [self._guarded(ast.Import([alias]), node, alias.asname, alias.name) for alias in node.names]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt | list[ast.stmt]:
        """Guard each name of `from a import b, c`."""
        if node.module is None or node.level or node.module == "__future__":
            return node
        guarded = []
        for alias in node.names:
            one = ast.ImportFrom(node.module, [alias], 0)
            guarded.append(self._guarded(one, node, alias.asname or alias.name, node.module, alias.name))
        return guarded

    def visit_Try(self, node: ast.Try) -> ast.Try:
        """Leave alone what has handlers."""
        for part in (node.handlers, node.orelse, node.finalbody) if node.handlers else (node.body, node.finalbody):
            part[:] = [new for old in part for new in _listed(self.visit(old))]
        return node

    def _guarded(self, one: ast.stmt, node: ast.stmt, bound: str | None, module: str, name: str = "") -> ast.stmt:
        root = module.partition(".")[0]
        asked = [module if bound else root] if not name else [module, name]
        call = f"{self.called}({', '.join(map(repr, asked))})"
        target = "" if name == "*" else f"{bound or root} = "  # what a star would bind stays unknown
        guarded = ast.parse(f"try: pass\nexcept ImportError: {target}{call}").body[0]
        assert isinstance(guarded, ast.Try)
        guarded.body = [one]
        for part in ast.walk(guarded):
            ast.copy_location(part, node)
        return guarded


def _listed(visited: object) -> list[Any]:
    return visited if isinstance(visited, list) else [visited]
