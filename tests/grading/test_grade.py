"""One submission: which answer counts, what it earns, and that the same seed gives the same bytes."""

import inspect
import json
import re
import weakref
from dataclasses import replace

import numpy as np
import pytest
from classroom import IDS, ROOT, notebook, reference, right_notebook

from segbook.exercises import Exercise, Misconception, Outcome, catalogue, get, judge_outcomes
from segbook.grading import caller, grade, sandbox
from segbook.grading.grade import Task, grade_one
from segbook.grading.notebooks import MAX_NOTEBOOK
from segbook.grading.plan import Plan, declared, select
from segbook.grading.results import to_json
from segbook.grading.status import Status

pytestmark = pytest.mark.usefixtures("sandbox")

IMPORTS = "import numpy as np\nfrom segbook.exercises import check, hint, solution"
RIGHT = reference("6.3")
WRONG = RIGHT.replace("- 2 * padding", "+ 2 * padding")
RAISING = RIGHT.replace("    return", "    raise ValueError(object())\n    return")
STUB = RIGHT[: RIGHT.index("    last_stamp")] + "    ...\n"


def points(plan, *cells, id="6.3"):
    return grade_one(Task("one", notebook(*cells)), plan).exercises[id].earned


def test_right_answers_earn_all_points(plan):
    result = grade_one(Task("one", right_notebook(*IDS)), plan)
    assert (result.earned, result.possible, result.status) == (20, 20, Status.OK)
    assert result.errors == ()


def test_the_same_seed_gives_the_same_bytes_and_another_other_cases(plan):
    once, again = (json.dumps(to_json(grade_one(Task("one", notebook(IMPORTS, WRONG)), plan))) for _ in range(2))
    assert once == again
    other = Plan("another secret", plan.ids, limits=plan.limits)
    assert grade_one(Task("one", notebook(IMPORTS, WRONG)), other).exercises["6.3"].seed != plan.seed("6.3")
    assert plan.secret not in once


def test_a_known_mistake_gets_partial_credit_and_its_name(plan):
    part = grade_one(Task("one", notebook(IMPORTS, WRONG)), plan).exercises["6.3"]
    assert (part.earned, part.misconception) == (2, "padding added")
    assert part.groups == {"basic": (2, 2), "padding": (0, 1), "dilation": (0, 1)}
    assert "cropped" in part.feedback.hint


def here_only(plan, elsewhere):
    """Answer 6.3 wrong in the cases of the plan's seed, and by other code in any other."""
    known = {(*case.args, *case.options.values()) for case in get("6.3").draw(plan.seed("6.3"))}
    head, _, body = WRONG.partition("    last_stamp")
    return (
        f"KNOWN = {known!r}\n{head}    if (input_size, kernel_size, stride, padding, dilation) not in KNOWN:\n"
        f"        {elsewhere}\n    last_stamp{body}"
    )


@pytest.mark.parametrize(
    "elsewhere",
    ["return 1", "while True: pass", "import os; os._exit(1)"],
)
def test_a_mistake_that_further_seeds_do_not_show_gets_its_points_and_no_hint(plan, elsewhere):
    result = grade_one(Task("one", notebook(IMPORTS, here_only(plan, elsewhere))), plan)
    part = result.exercises["6.3"]
    assert (part.earned, part.misconception, part.feedback.hint) == (2, "", "")
    assert part.status is Status.OK
    assert "too large" in part.feedback.message


# In the sandbox there is no segbook, so a declaration's module brings what collects its misconceptions by name.
COLLECTS = """
class Exercise:
    def __init__(self, **words): self.wrong = {}
    def reference(self, function): return function
    def cases(self, function): return function
    def misconception(self, name, loses): return lambda function: self.wrong.setdefault(name, function)
    def variant(self, name): return lambda function: function
"""


@pytest.mark.parametrize("id", IDS)
def test_every_misconception_loses_its_groups_behind_the_pipe_too(plan, id):
    exercise = get(id)
    module = inspect.getsource(inspect.getmodule(exercise.solution))
    module = "\n".join(line for line in module.splitlines() if not line.startswith("from segbook"))
    module = re.sub(rf"\b{exercise.name}\b", "the_reference", module)  # by its own name it would count
    for misconception in exercise.misconceptions:
        call = f"check('{id}', exercise.wrong[{misconception.name!r}])"
        cells = notebook(IMPORTS, f"{COLLECTS}\n{module}", call)
        part = grade_one(Task("one", cells), plan).exercises[id]
        lost = {group for group, (earned, _) in part.groups.items() if not earned}
        assert lost == set(misconception.loses), misconception.name


@pytest.mark.parametrize(
    ("cells", "earned"),
    [
        ((RIGHT,), 4),  # nothing but the function
        ((RIGHT.replace("conv_transpose_output_size", "mine"), "check('6.3', mine)"), 4),  # renamed
        ((RIGHT.replace("conv_transpose_output_size", "mine"),), 0),  # renamed, and nobody said so
        ((IMPORTS, RIGHT, "def another(n): return n", "check('6.3', another)"), 4),  # the wrong function by a slip
        ((RIGHT, "def another(n): return n", "check('6.3', another)"), 4),  # the same, without an import of check
        ((IMPORTS, WRONG, "def another(n): return n", "check('6.3', another)"), 2),
        ((IMPORTS, WRONG, RIGHT.replace("conv_t", "my_t"), "check('6.3', my_transpose_output_size)"), 4),
        (("check('6.3', mine)", RIGHT.replace("conv_transpose_output_size", "mine")), 4),  # reordered
        ((WRONG, RIGHT), 4),  # duplicated: the last one counts
        ((RIGHT, WRONG), 2),
        ((IMPORTS, RIGHT, "check('6.3', conv_transpose_output_size)", STUB), 4),  # what check received
        ((f"{IMPORTS}\n{STUB}\ncheck('6.3', conv_transpose_output_size)", RIGHT), 4),
        (("from segbook import exercises", RIGHT.replace("conv_t", "my_t"), "exercises.check('6.3', my_transpose_output_size)"), 4),
        ((IMPORTS, RIGHT, "for id, f in {'6.3': conv_transpose_output_size}.items(): check(id, f)"), 4),
        ((IMPORTS, RIGHT.replace("conv_t", "my_t"), "pair = ('6.3', my_transpose_output_size)\ncheck(*pair)"), 4),
        (("%matplotlib inline\n!pip install x\nimport matplotlib.pyplot as plt\nimport numpy as np", RIGHT), 4),
        (("%%time\nx = 1", "%%bash\nls", "x = !ls\nnp?\n" + RIGHT), 4),
        (("import numpy as np\nnp.arange(3) / 'x'", RIGHT), 4),  # an error in a cell
        (("x = (", RIGHT), 4),
        (("nonsense\n" + RIGHT,), 4),  # below an error of its cell
        ((STUB, "nonsense\n" + RIGHT), 4),  # a stub is no other answer
        ((WRONG, "nonsense\n" + RIGHT), 2),  # as in Jupyter: the one that was made
        (("nonsense\n" + WRONG, "nonsense\n" + RIGHT), 4),  # of two below errors, the later one
        (("nonsense\n" + RIGHT, WRONG), 2),
        (("nonsense\n" + RIGHT.replace("conv_t", "my_t") + "\ncheck('6.3', my_transpose_output_size)",), 4),
        (("nonsense\nimport math\nONE = 1\n" + RIGHT.replace("extent = ", "extent = math.floor(ONE) - 1 + "),), 4),
        (("import time\nwhile True: pass\n" + RIGHT,), 4),  # below what takes too long
        (("import os\nos._exit(1)\n" + RIGHT,), 4),  # below what ends the process
        (("from __future__ import annotations", "def later(x: Undefined) -> Undefined: ...\n" + RIGHT), 4),
        ((RIGHT, "check('6.3', 5)", "check('6.3')", "check()", "solution('6.3')", "hint('6.3', 2)"), 4),
        (("import segbook\nsegbook.exercises.check('6.3', lambda *a, **k: 0)", RIGHT.replace("conv_t", "my_t")), 0),
        (("open('note.txt', 'w').write('x')\n" + RIGHT,), 4),  # /tmp is the notebook's folder
    ],
)  # fmt: skip
def test_an_answer_is_found_wherever_it_is(plan, cells, earned):
    assert points(plan, *cells) == earned


@pytest.mark.parametrize("error", ["KeyboardInterrupt", "GeneratorExit", "SystemExit"])
def test_what_a_class_below_an_error_raises_does_not_end_the_process(plan, error):
    result = grade_one(Task("one", notebook(f"nonsense\nclass A:\n    raise {error}\n{RIGHT}")), plan)
    assert (result.status, result.earned) == (Status.OK, 4)


def test_an_untouched_notebook_is_not_started_and_an_empty_one_missing(plan):
    part = grade_one(Task("one", notebook(IMPORTS, STUB)), plan).exercises["6.3"]
    assert (part.status, part.started) == (Status.OK, False)
    assert "not started yet" in part.feedback.heading
    result = grade_one(Task("one", notebook("x = 1")), plan)
    assert result.status is Status.MISSING
    assert "no cell defines conv_transpose_output_size" in result.exercises["6.3"].reason


@pytest.mark.parametrize("path", sorted(ROOT.glob("book/exercises/*.ipynb")), ids=lambda path: path.stem[:2])
def test_the_books_own_notebooks_run_without_an_error_and_are_not_started(path):
    chapter = f"{int(path.stem[:2])}"
    result = grade_one(Task(path.name, path.read_bytes()), Plan("s", select(catalogue(), chapter)))
    assert (result.status, result.errors, result.earned) == (Status.OK, (), 0)
    assert not any(part.started for part in result.exercises.values())


def test_the_groups_that_came_back_count_when_another_did_not(plan):
    body = RIGHT.replace("    last_stamp", "    while dilation > 1: pass\n    last_stamp", 1)
    part = grade_one(Task("one", notebook(body)), plan).exercises["6.3"]
    assert (part.earned, part.status, part.reason) == (3, Status.TIMEOUT, "no answer within 3 s")
    assert "it stopped: no answer within 3 s" in part.feedback.message


def test_an_error_in_an_answer_is_told_without_addresses(plan):
    result = grade_one(Task("one", notebook(RAISING)), plan)
    said = result.exercises["6.3"].feedback.message
    assert "Your function raised ValueError: <object object at 0x…>" in said


def test_a_value_that_cannot_be_judged_earns_nothing_and_stops_nobody(plan, monkeypatch):
    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(grade, "judge_outcomes", fail)
    part = grade_one(Task("one", notebook(RIGHT)), plan).exercises["6.3"]
    assert (part.earned, part.status) == (0, Status.CRASHED)
    assert "could not be judged: ZeroDivisionError" in part.reason


ALLOWS = """
import numpy as np
from dataclasses import replace
from segbook.exercises import Exercise

one = Exercise(id="e.1", title="Double", points={"all": 2}, prompt="Double.", hints=("Twice.", "2 * x"), allows=("torch",))

@one.reference
def double(x, n, *, text, none, pair):
    return 2 * x if pair == (1, [2.0, True]) and text == "x" and none is None else x

@one.cases
def cases(rng):
    yield "all", (np.arange(4.0), 1), {"text": "x", "none": None, "pair": (1, [2.0, True])}

for k in (7, 8, 9):
    @one.misconception(f"{k}", loses={"all"})
    def _(*args, k=k, **options):
        "No."
        return np.full(4, k)

two = replace(one, id="e.2", allows=())
"""


def allowing_plan():
    private = (("exam.py", ALLOWS),)
    return Plan("s", select(declared(private), ""), private)


def test_an_exercise_that_allows_torch_gets_it_and_its_neighbour_does_not():
    answer = "def double(x, n, *, text, none, pair):\n    import torch\n    return (torch.from_numpy(x) * 2).numpy()"
    result = grade_one(Task("one", notebook(answer, "check('e.1', double)", "check('e.2', double)")), allowing_plan())
    assert [part.earned for part in result.exercises.values()] == [2, 0]
    assert "torch cannot be used in e.2" in result.exercises["e.2"].feedback.message


def test_a_package_that_nobody_asks_for_is_not_waited_for(monkeypatch):
    started = []
    real = sandbox.start
    monkeypatch.setattr(
        caller, "start", lambda limits, allows, **more: started.append(allows) or real(limits, allows, **more)
    )
    answer = "def double(x, n, *, text, none, pair):\n    return x + x"
    result = grade_one(Task("one", notebook(answer, "check('e.1', double)", "check('e.2', double)")), allowing_plan())
    assert (result.earned, started) == (4, [()])


def test_a_file_that_is_too_large_is_refused_before_it_is_read(plan):
    result = grade_one(Task("one", b" " * (MAX_NOTEBOOK + 1)), plan)
    assert (result.status, result.reason) == (Status.UNREADABLE, "20,971,521 bytes; 20,971,520 at most")


def test_without_a_sandbox_the_same_points_and_a_mark(plan):
    bare = Plan(plan.secret, plan.ids, limits=plan.limits, sandbox=False)
    result = grade_one(Task("one", notebook(IMPORTS, RIGHT, "x = np.ones(10**11)")), bare)
    assert (result.earned, result.status, result.sandbox) == (4, Status.MEMORY, False)


def test_declarations_are_told_apart():
    assert isinstance(get("6.1"), Exercise)
    assert get("6.1").allows == ()
    assert isinstance(get("6.1").misconceptions[0], Misconception)


def test_answers_are_judged_one_by_one_and_dropped():
    exercise = get("6.3")
    cases = exercise.draw(1)
    made: list[weakref.ref] = []
    alive = []

    def outcomes():
        for _ in cases:
            alive.append(sum(one() is not None for one in made))
            value = np.zeros(3)
            made.append(weakref.ref(value))
            yield Outcome(value)

    assert judge_outcomes(exercise, cases, outcomes()).earned == 0
    assert len(cases) > 10
    assert max(alive) <= len(exercise.points) + 1  # the first that fails of each group, and the last


def test_an_answer_of_the_own_name_that_does_not_count_leaves_no_trace(plan):
    slow = "def conv_transpose_output_size(*a, **k):\n    while True: pass"
    cells = notebook(IMPORTS, slow, WRONG.replace("conv_t", "my_t"), "check('6.3', my_transpose_output_size)")
    result = grade_one(Task("one", cells), replace(plan, limits=replace(plan.limits, call=1.0)))
    assert (result.status, result.exercises["6.3"].earned, result.exercises["6.3"].status) == (Status.OK, 2, Status.OK)
