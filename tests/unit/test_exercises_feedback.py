"""The two forms of the feedback: plain text and HTML."""

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
from answering import constant, raiser
from scipy.ndimage import label

from segbook.exercises import Case, check, explain, get, judge
from segbook.exercises.feedback import _call

STAMP = get("6.2")


def stub(*args, **options):
    pass


def test_what_the_learner_returns_or_raises_is_escaped_in_html():
    evil = type("<script>alert(1)</script>", (), {"__repr__": lambda self: "<script>"})
    for answer in (constant(evil()), constant("<script>"), raiser(ValueError("<script>")), raiser(evil)):
        assert "<script" not in check("6.3", answer)._repr_html_()
    assert "&lt;script&gt;" in check("6.3", raiser(ValueError("<script>")))._repr_html_()
    assert "<script" not in check("<script>", stub)._repr_html_()


def test_html_is_well_formed_and_says_what_the_text_says():
    answers = [STAMP.solution, stub, constant([1]), *(m.answer for m in STAMP.misconceptions)]
    for answer in answers:
        said = check("6.2", answer)
        text = "".join(ElementTree.fromstring(said._repr_html_()).itertext())
        for part in (said.heading, said.message, said.evidence, said.hint, *(mark for mark, _, _ in said.marks)):
            assert part in text
            assert all(line in repr(said) for line in part.splitlines())


def test_feedback_holds_no_addresses_and_repeats_word_for_word():
    said = [repr(replace(check("6.3", constant(object())), standing="")) for _ in range(2)]
    assert said[0] == said[1]
    assert "0x" not in said[0]


def test_the_stub_prints_a_stable_text():
    assert repr(check("6.3", stub)) == (
        "6.3 Output size: not started yet\n"
        "  ○ basic     0 of 2\n"
        "  ○ padding   0 of 1\n"
        "  ○ dilation  0 of 1\n\n"
        "Write the body of conv_transpose_output_size in place of the ... and check it again."
    )


def test_an_open_exercise_shows_no_arrays_that_say_nothing():
    said = check("11.4", lambda probs: (probs > 0.5).astype(int))
    assert (said.evidence, said.picture) == ("", "")
    assert said.message.startswith("Your objects have an AP of")  # a score has no smallest case
    assert "is needed" in said.message
    crumbs = check("11.4", lambda probs: np.where(probs > 0.5, np.arange(1, probs.size + 1).reshape(probs.shape), 0))
    assert "of your objects hit nothing: are nuclei cut into pieces?" in crumbs.message
    assert "cut into pieces" not in said.message
    assert "still one object?" not in said.message + crumbs.message
    assert check("11.4", lambda probs: 1 / 0).message.startswith(
        "The smallest case that fails is in the group AP above"
    )


def test_connected_regions_are_told_of_nuclei_that_touch_however_they_are_numbered():
    regions = check("11.4", lambda probs: np.stack([label(one > 0.5)[0] for one in probs]))
    assert regions.heading.endswith("1 of 5 points")
    assert regions.message.endswith("Are nuclei that touch still one object? Cut it between their tops.")


def test_masks_that_are_drawn_are_not_spelt_out_in_html():
    score = get("7.4")
    verdict = judge(score, lambda pred, truth, *, tolerance: 2.0, 0)
    failure = verdict.results[1].failure
    case = next(case for case in score.draw(0) if case.args[0].size > 48)
    said = explain(replace(verdict, failure=replace(failure, case=case)))
    assert "(# is True)" in repr(said)
    assert "(# is True)" not in said._repr_html_()
    assert "(a mask, drawn below)" in said._repr_html_()


def test_masks_expected_and_given_are_written_alike():
    right = check("5.3", lambda input_size, *_, **__: np.zeros(input_size + 9, bool)).evidence
    assert right.count("(# is True)") == 2


def test_a_small_mask_can_be_copied():
    shown = check("7.4", lambda pred, truth, *, tolerance: 2.0).evidence
    assert "], bool)" in shown


def test_a_map_whose_rows_fit_into_lines_can_be_copied():
    numbers = np.arange(30.0).reshape(5, 6)
    shown = _call("f", Case("all", (numbers,)))
    assert np.array_equal(eval(shown, {"np": np, "f": lambda image: image}), numbers)
    assert "np.array" not in _call("f", Case("all", (numbers + 1 / 3,)))  # each row would be broken
    assert "np.array" not in _call("f", Case("all", (np.zeros((11, 10)),)))


def test_fractions_cut_off_by_the_dtype_are_said_to_be():
    def conv1d(x, weight, *, stride):
        return get("5.2").solution(x, weight, stride=stride).astype(int)

    said = check("5.2", conv1d)
    assert said.message.endswith("Its dtype is int64: it holds whole numbers, and fractions are cut off.")
    for answer in (lambda *given, **options: conv1d(*given, **options).tolist(), constant(np.zeros(2))):
        assert "cut off" not in check("5.2", answer).message
    right = constant(np.array([1, 2]))  # a map of counts: no fraction is expected
    assert "cut off" not in check("3.3", right).message


def test_adding_fractions_to_whole_numbers_in_place_is_explained():
    def conv_transpose1d(x, weight, *, stride, padding):
        y = np.zeros(len(x) * stride + len(weight), int)
        y[: len(x)] += x
        return y

    assert check("6.2", conv_transpose1d).message.endswith("such as np.zeros(...).")


def test_a_fraction_that_came_back_is_said_once():
    def never_rounds(input_size, kernel_size, *, stride, padding, dilation):
        return (input_size + 2 * padding - dilation * (kernel_size - 1) - 1) / stride + 1

    said = check("5.1", never_rounds)
    assert "no whole number" in said.message
    assert said.note == ""
