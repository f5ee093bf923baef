"""The grader's side of a worker: it ends with the caller."""

import pytest
from classroom import reference

from segbook.exercises import Case
from segbook.grading.caller import Caller
from segbook.grading.sandbox import Limits


@pytest.mark.usefixtures("sandbox")
def test_a_caller_ends_its_process(plan):
    with Caller([reference("6.3")], {"6.3": "conv_transpose_output_size"}, plan.limits) as caller:
        process = caller.load().process
        outcome = caller.call("6.3", Case("g", (6, 5), {"stride": 3, "padding": 2, "dilation": 1}))
        assert outcome.value == 16
    assert process.poll() is not None


SLOW = "import time\nend = time.monotonic() + {}\nwhile time.monotonic() < end: pass\nmade{} = True"


@pytest.mark.usefixtures("sandbox")
def test_long_cells_share_three_quarters_of_the_time_and_none_is_halved():
    limits = Limits(cell=0.8, call=1.0, total=3.0)
    cells = [*(SLOW.format(0.6, n) for n in range(3)), "def f(): return [made0, made1, made2]"]
    with Caller(cells, {"x": "f"}, limits) as caller:
        assert caller.call("x", Case("g", (), {})).value == [True] * 3
        assert not caller.errors


@pytest.mark.usefixtures("sandbox")
def test_definitions_behind_cells_without_end_are_made():
    limits = Limits(cell=0.7, call=1.0, total=3.0)
    cells = [*["while True: pass"] * 4, SLOW.format(0.05, 0), "def f(): return made0"]
    with Caller(cells, {"x": "f"}, limits) as caller:
        assert caller.call("x", Case("g", (), {})).value is True
        assert [error.kind for error in caller.errors] == ["time"] * 4
    assert caller.used < limits.total
