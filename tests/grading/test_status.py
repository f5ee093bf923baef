"""A status has one order, one word and one meaning."""

import pickle
import random

from segbook.grading.status import Status


def test_the_worst_of_several_is_the_largest():
    order = [Status(word) for word in ("ok", "timeout", "memory", "crashed", "missing", "unreadable", "sandbox")]
    shuffled = random.Random(0).sample(order, len(order))
    assert sorted(shuffled) == order == list(Status)
    assert max(shuffled) is Status.SANDBOX
    assert Status.MEMORY >= Status.MEMORY > Status.TIMEOUT


def test_what_was_stopped_is_graded_and_what_gave_no_answer_is_not():
    assert [status for status in Status if not status.is_graded] == [Status.MISSING, Status.UNREADABLE, Status.SANDBOX]


def test_a_status_is_written_as_its_word_and_survives_the_way_to_another_process():
    for status in Status:
        assert Status(f"{status}") is status
        assert pickle.loads(pickle.dumps(status)) is status
        assert status.meaning
        assert status.advice
