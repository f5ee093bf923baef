"""What `check` says to right, wrong, unfinished and hostile answers."""

import subprocess
import sys

import numpy as np
import pytest
from answering import constant, raiser
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from segbook.exercises import Exercise, catalogue, check, explain, get, judge, solution

SIZE, STAMP = get("6.3"), get("6.2")


def size_answer(change):
    """Answer 6.3 with a changed right result."""
    return lambda *args, **options: change(SIZE.solution(*args, **options))


def stamp_answer(change):
    """Answer 6.2 with a changed right result."""
    return lambda *args, **options: change(STAMP.solution(*args, **options))


# Right and partly right


def test_a_right_answer_earns_all_points_and_no_hint():
    said = check("6.3", SIZE.solution)
    assert said.heading == "6.3 Output size: 4 of 4 points"
    assert [mark for mark, _, _ in said.marks] == ["✓", "✓", "✓"]
    assert 'solution("6.3")' in said.message
    assert said.hint == said.evidence == said.note == ""


def test_partial_knowledge_earns_partial_credit():
    def no_dilation(input_size, kernel_size, *, stride, padding, dilation):
        return (input_size - 1) * stride - 2 * padding + kernel_size

    said = check("6.3", no_dilation)
    assert said.heading.endswith("3 of 4 points")
    assert said.marks == (("✓", "basic", "2 of 2"), ("✓", "padding", "1 of 1"), ("✗", "dilation", "0 of 1"))
    assert "dilation" in said.hint


def test_a_group_is_all_or_nothing():
    def wrong_for_one_case(x, weight, *, stride, padding):
        return STAMP.solution(x, weight, stride=stride, padding=padding) + (stride == 1)

    verdict = judge(STAMP, wrong_for_one_case, seed=0)
    assert [result.earned for result in verdict.results][:2] == [1, 0]


def test_the_smallest_failing_case_is_shown():
    def wrong_for_long_signals(x, weight, **options):
        return STAMP.solution(x, weight, **options) + (x.size + weight.size > 5)

    shown = check("6.2", wrong_for_long_signals).evidence
    sizes = [case.args[0].size + case.args[1].size for case in STAMP.draw(2016)]
    assert sizes == sorted(sizes)
    x, weight = eval(shown.partition("expected")[0], {"np": np, STAMP.name: lambda x, weight, **_: (x, weight)})
    assert x.size + weight.size == min(size for size in sizes if size > 5)


def test_the_failing_case_can_be_copied_into_a_cell():
    said = check("6.2", stamp_answer(lambda y: y + (y.size > 5)))
    *call, expected, got = said.evidence.splitlines()
    assert call == [
        "conv_transpose1d(",
        "    np.array([2.0, 3.0]),",
        "    np.array([1.0, 10.0, 100.0]),",
        "    stride=3,",
        "    padding=0,",
        ")",
    ]
    namespace = {"np": np, "conv_transpose1d": STAMP.solution}
    assert expected == f"expected  {eval(''.join(call), namespace)}"
    assert got == "got       [  3.  21. 201.   4.  31. 301.]"
    assert "index [0]: 3, where 2 is expected" in said.message


def test_a_short_call_stays_on_one_line():
    call, expected, _ = check("6.3", size_answer(lambda n: n + 1)).evidence.splitlines()
    assert eval(call, {"np": np, SIZE.name: SIZE.solution}) == int(expected.split()[-1])


def test_integers_and_float32_arrays_are_accepted():
    assert judge(SIZE, size_answer(np.int64), seed=0).earned == 4
    assert judge(STAMP, stamp_answer(np.float32), seed=0).earned == 4
    assert judge(SIZE, size_answer(np.array), seed=0).earned == 4
    assert judge(STAMP, stamp_answer(list), seed=0).earned == 4
    assert judge(STAMP, stamp_answer(lambda y: tuple(y.tolist())), seed=0).earned == 4
    assert judge(STAMP, stamp_answer(lambda y: y + 1e-7), seed=0).earned == 4
    assert judge(STAMP, stamp_answer(lambda y: y + 1e-3), seed=0).earned == 0


def test_printing_does_not_matter(capsys):
    def chatty(*args, **options):
        print("hello")
        return SIZE.solution(*args, **options)

    assert judge(SIZE, chatty, seed=0).earned == 4


def test_changing_an_input_is_noted_and_costs_nothing():
    def careless(x, weight, *, stride, padding):
        y = STAMP.solution(x, weight, stride=stride, padding=padding)
        x[:] = 0
        return y

    said = check("6.2", careless)
    assert said.heading.endswith("4 of 4 points")
    assert "changes the arrays" in said.note


def test_the_seed_draws_the_cases():
    def shown(seed):
        return [repr((case.group, case.args, case.options)) for case in STAMP.draw(seed)]

    assert shown(1) == shown(1)
    assert shown(1) != shown(2)


# Not an answer yet


def stub(*args, **options):
    """Write me."""
    ...  # noqa: PIE790


def bare_pass(*args, **options):
    pass


def returns_dots(*args, **options):
    return ...


@pytest.mark.parametrize("answer", [stub, bare_pass, returns_dots, raiser(NotImplementedError("6.3"))])
def test_a_stub_is_not_started_yet(answer):
    said = check("6.3", answer)
    assert said.heading == "6.3 Output size: not started yet"
    assert {mark for mark, _, _ in said.marks} == {"○"}
    assert "conv_transpose_output_size" in said.message
    assert judge(SIZE, answer, seed=0).earned == 0


def test_a_forgotten_return_is_not_a_stub():
    def forgot(input_size, kernel_size, **options):
        size = input_size + kernel_size  # noqa: F841

    said = check("6.3", forgot)
    assert said.heading.endswith("0 of 4 points")
    assert "is a return missing?" in said.message


def test_a_case_left_for_later_costs_its_group_only():
    def later(input_size, kernel_size, *, stride, padding, dilation):
        if dilation > 1:
            raise NotImplementedError
        return (input_size - 1) * stride - 2 * padding + kernel_size

    said = check("6.3", later)
    assert said.heading.endswith("3 of 4 points")
    assert "NotImplementedError" in said.message


# Wrong values


@pytest.mark.parametrize("kind", [float, np.float64, np.float32, lambda size: np.array(float(size))])
def test_a_float_of_the_right_value_is_taken_for_an_int_and_noted(kind):
    said = check("6.3", size_answer(kind))
    assert said.heading.endswith("4 of 4 points")
    assert said.note == "Your function returns a float, such as 2.0; a count or a size is an int: 2."
    assert check("6.3", SIZE.solution).note == ""


def test_an_int_is_no_float_that_was_taken_for_one():
    assert not judge(SIZE, SIZE.solution, seed=0).floats
    assert not judge(STAMP, STAMP.solution, seed=0).floats


def test_a_range_and_a_masked_array_that_hides_nothing_stand_for_an_array():
    legal = get("7.1")
    assert judge(legal, lambda limit, *, depth: range(2**depth, limit + 1, 2**depth), seed=0).earned == 4
    assert judge(legal, lambda limit, *, depth: range(10**30), seed=0).earned == 0
    assert judge(STAMP, stamp_answer(np.ma.masked_array), seed=0).earned == 4


def test_a_wrong_list_is_shown_and_called_a_list():
    said = check("6.2", stamp_answer(lambda y: (y + 1).tolist()))
    assert said.evidence.splitlines()[-1].startswith("got       [")
    assert said.evidence.endswith("] (a list)")
    assert "Your list differs first" in said.message
    assert "got       (1.0, 'two') (a tuple)" in check("6.2", constant((1.0, "two"))).evidence
    assert "got       (a value of type list)" in check("6.2", constant([object()])).evidence
    assert "Your list has dtype float64" in check("11.1", lambda train, test: [0.5] * len(test)).message


@pytest.mark.parametrize(("id", "places"), [("2.4", 4), ("2.2", 3), ("2.3", 3)])
def test_a_result_that_is_rounded_is_called_so(id, places):
    def rounded(*args, **options):
        return np.round(get(id).solution(*args, **options), places)

    assert f"rounding: it has {places} decimal places. Return it as it is." in check(id, rounded).message


def test_an_expected_float_is_written_in_few_digits():
    assert "expected  0.3\n" in evidence_of(0.1 + 0.2)
    assert "expected  -1.0\n" in evidence_of(-0.9999999999999998)


def evidence_of(right):
    exercise = Exercise(id="t.1", title="One", points={"all": 1}, prompt="Return it.", hints=("Look.", "Return."))
    exercise.reference(lambda: right)
    exercise.cases(lambda rng: [("all", ())])
    for value in (1.0, 2.0, 3.0):

        @exercise.misconception(f"{value}", loses={"all"})
        def _(value=value):
            """No."""
            return value

    return explain(judge(exercise, lambda *_: 99.0, seed=0)).evidence


@pytest.mark.parametrize(
    ("answer", "phrase"),
    [
        (size_answer(lambda size: size + 0.25), "a float that is no whole number; return an int: // or int(...) makes"),
        (size_answer(lambda size: size + 1.0), "Your number is too large"),
        (size_answer(lambda size: size > 0), "type bool; return an int"),
        (size_answer(str), "type str; return an int"),
        (constant(0), "too small"),
        (constant(10**9), "too large"),
        (constant(10**6000), "too large"),
        (raiser(ZeroDivisionError("division by zero")), "raised ZeroDivisionError: division by zero."),
        (raiser(SystemExit(1)), "raised SystemExit"),
        (lambda input_size: 0, "unexpected keyword argument"),
        (int, "raised TypeError"),
    ],
)
def test_a_wrong_size_gets_a_clear_message(answer, phrase):
    said = check("6.3", answer)
    assert said.heading.endswith("0 of 4 points")
    assert phrase in said.message


@pytest.mark.parametrize(
    ("answer", "phrase"),
    [
        (stamp_answer(np.zeros_like), "index [0]: 0, where -3.75 is expected"),
        (stamp_answer(lambda y: [[1.0], 2.0]), "a list that is no array of numbers"),
        (stamp_answer(lambda y: ("1", "2")), "a tuple that is no array of numbers"),
        (stamp_answer(lambda y: y.astype(np.int8).astype(bool)), "dtype bool"),
        (stamp_answer(lambda y: y.astype(complex)), "dtype complex128"),
        (stamp_answer(lambda y: y.astype(object)), "dtype object"),
        (stamp_answer(lambda y: y.astype(str)), "real numbers"),
        (stamp_answer(lambda y: y * np.nan), "holds nan"),
        (stamp_answer(lambda y: y + np.inf), "holds inf"),
        (stamp_answer(lambda y: y[None]), "shape (1, 1); it should have shape (1,)"),
        (stamp_answer(lambda y: np.ma.masked_array(y, y == y)), "type MaskedArray; return a NumPy array"),
        (stamp_answer(lambda y: y[0]), "type float64; return a NumPy array"),
        (constant(np.zeros((1000, 1000))), "shape (1000, 1000)"),
    ],
)
def test_a_wrong_array_gets_a_clear_message(answer, phrase):
    said = check("6.2", answer)
    assert said.heading.endswith("0 of 4 points")
    assert phrase in said.message
    assert len(repr(said).splitlines()) < 22
    assert len(repr(said)) < 1500


def test_an_interrupt_reaches_the_notebook():
    with pytest.raises(KeyboardInterrupt):
        check("6.3", raiser(KeyboardInterrupt()))


def test_an_exception_that_cannot_be_printed_is_reported():
    class Broken(Exception):
        def __str__(self):
            raise RuntimeError

    assert "Broken" in check("6.3", raiser(Broken())).message


def test_a_long_error_message_is_cut():
    assert len(check("6.3", raiser(ValueError("x" * 10**6))).message) < 500


def test_a_long_array_is_shortened():
    assert check("6.2", constant(np.zeros(1000))).evidence.endswith("got       [0. 0. ... 0. 0.]")


def test_settings_of_the_learner_do_not_disturb_the_judge():
    with np.errstate(all="raise"), np.printoptions(precision=1):
        assert judge(STAMP, STAMP.solution, seed=0).earned == 4
        assert "index [0]" in check("6.2", stamp_answer(lambda y: y.astype(np.longdouble) + 1)).message


# Wrong calls of check


@pytest.mark.parametrize(
    ("id", "answer", "phrase"),
    [
        ("6.9", stub, "There is no exercise '6.9'. The exercises are "),
        (6.3, stub, 'The exercises are "1.1" to "11.4". Write the number in quotes: "6.3".'),
        ("6.9", stub, '"6.4", "6.5".'),
        (stub, "6.3", "The number comes first"),
        ("6.3", 16, "not a function"),
        ("6.3", None, 'check("6.3", conv_transpose_output_size)'),
    ],
)
def test_a_wrong_call_of_check_is_explained(id, answer, phrase):
    assert phrase in check(id, answer).message


def test_solution_shows_the_source_of_the_reference():
    shown = solution("6.3")
    assert repr(shown).startswith("def conv_transpose_output_size(")
    assert "return last_stamp" in repr(shown)
    assert "There is no exercise" in repr(solution(None))
    assert "&gt;&gt;&gt;" in shown._repr_html_()


values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.complex_numbers(), st.text(), st.binary(), st.just(...),
    st.lists(st.integers()), st.sets(st.integers()), st.dictionaries(st.text(), st.integers()), st.just(object()),
    hnp.arrays(hnp.scalar_dtypes(), hnp.array_shapes(min_dims=0, max_dims=3, min_side=0)),
)  # fmt: skip
errors = st.builds(lambda kind, text: kind(text), st.sampled_from([ValueError, SystemExit, GeneratorExit]), st.text())


@settings(deadline=None, max_examples=300)
@given(
    id=st.one_of(st.sampled_from([*catalogue()]), values),
    answer=st.one_of(values, st.builds(constant, values), st.builds(raiser, errors), st.just(int), st.just(print)),
)
def test_check_never_raises(id, answer):
    said = check(id, answer)
    assert repr(said)
    assert said._repr_html_().startswith("<div")


def test_get_names_the_unknown_exercise():
    with pytest.raises(KeyError, match=r"9\.9"):
        get("9.9")


def test_exercises_need_neither_torch_nor_a_notebook():
    code = "import sys; from segbook.exercises import check; check('6.1', print); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "segbook.exercises.chapter06" in loaded
    assert not {"torch", "matplotlib", "anywidget", "IPython", "jaxtyping"} & set(loaded)


def test_an_exception_with_notes_or_without_words_is_named():
    def noted(*_, **__):
        error = ValueError("too short")
        error.add_note("a note")
        raise error

    class Mute(Exception):
        def __str__(self):
            raise RuntimeError

    def mute(*_, **__):
        raise Mute

    assert "Your function raised ValueError: too short." in repr(check("6.3", noted))
    assert "Your function raised Mute." in repr(check("6.3", mute))
