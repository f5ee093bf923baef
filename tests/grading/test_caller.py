"""The grader's side of a worker: it ends with the caller."""

import pytest
from classroom import reference

from segbook.exercises import Case
from segbook.grading.caller import Caller


@pytest.mark.usefixtures("sandbox")
def test_a_caller_ends_its_process(plan):
    with Caller([reference("6.3")], {"6.3": "conv_transpose_output_size"}, plan.limits) as caller:
        process = caller.load().process
        outcome = caller.call("6.3", Case("g", (6, 5), {"stride": 3, "padding": 2, "dilation": 1}))
        assert outcome.value == 16
    assert process.poll() is not None
