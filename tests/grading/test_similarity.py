"""Pairs to read side by side: copies in disguise are found, what exercises ask for is not, and no point changes."""

import inspect
import random
from dataclasses import replace
from importlib import import_module
from itertools import combinations

import pytest
from classroom import ROOT, grade, hand_in, notebook, reference

from segbook.exercises import catalogue, get
from segbook.exercises.source import stub
from segbook.grading.grades import Grade, Mark
from segbook.grading.pages import similarity_page
from segbook.grading.plan import Plan
from segbook.grading.roster import match
from segbook.grading.run import compare
from segbook.grading.similarity import FEW, LONG, MARGIN, NEARLY, alike, answers, given, repeated, threshold
from segbook.grading.status import Status
from segbook.grading.submissions import find
from segbook.grading.times import Late, Lateness

KNOWN = catalogue()
CHAPTER = [one for id, one in KNOWN.items() if id.startswith("6.")]
MINE = """
def conv_transpose1d(x, weight, *, stride, padding):
    longest = max(len(x), len(weight))
    pieces = [np.pad(sample * weight, (place * stride, longest)) for place, sample in enumerate(x)]
    long = np.vstack([np.resize(piece, 4 * longest * stride) * (np.arange(4 * longest * stride) < piece.size) for piece in pieces])
    total = long.sum(axis=0)[: (len(x) - 1) * stride + len(weight)]
    return total[padding : total.size - padding] if padding else total


def conv_transpose_output_size(input_size, kernel_size, *, stride, padding, dilation):
    ends = [start + dilation * (kernel_size - 1) for start in range(0, input_size * stride, stride)]
    covered = sorted({0, *ends})
    return covered.pop() + 1 - sum((padding, padding))


def restoring_output_padding(input_size, kernel_size, *, stride, padding):
    spare = divmod(input_size - kernel_size + padding * 2, stride)
    whole, rest = spare
    return int(rest)
"""
DISGUISED = """
def sums(parts):
    return parts.sum(axis=0)

def mine(signal: np.ndarray, k, *, stride: int, padding: int):
    '''My own work.'''
    biggest = max(len(k), len(signal))  # the longest
    bits = [np.pad(k * s, (i * stride, biggest)) for i, s in enumerate(signal)]
    m = np.vstack([np.resize(b, stride * biggest * 4) * (np.arange(4 * stride * biggest) < b.size) for b in bits])
    result = m.sum(axis=0)[: len(k) + stride * (len(signal) - 1)]
    return result[padding : result.size - padding] if padding else result
check("6.2", mine)

def restoring_output_padding(n, k, *, stride, padding):
    # think
    t = divmod(n - k + 2 * padding, stride)
    a, b = t
    return int(b)

def conv_transpose_output_size(n, k, *, stride, padding, dilation):
    covers = 0
    last = [begin + (k - 1) * dilation for begin in range(0, stride * n, stride)]
    covers = sorted({0, *last})
    return covers.pop() + 1 - sum((padding, padding))
"""


def notebooks_of_others():
    """Each right answer that others would write, and each mistake, alone: the exercise, the name and the cells."""
    for path in sorted(ROOT.glob("tests/answers/chapter*.py")):
        module = import_module(f"answers.{path.stem}")
        text = inspect.getsource(module)
        for id, some in module.ALLOWED.items():
            for answer in (*some, *module.NOT_ALLOWED.get(id, ())):
                yield id, answer.__name__, [text, f"check('{id}', {answer.__name__})"]


def written_by_others():
    """The lines of these, by exercise and name."""
    found = {}
    for id, name, cells in notebooks_of_others():
        found.setdefault(id, {})[name] = answers(cells, [KNOWN[id]])[id]
    return found


OTHERS = written_by_others()


def class_of(size, ways, seed=0):
    """A class in which everybody writes each exercise in one of these ways, independently."""
    rng = random.Random(seed)
    return {f"s{place}": {id: rng.choice(list(ways[id].values())) for id in ways} for place in range(size)}


def ways_of(chapter):
    return {id: some for id, some in OTHERS.items() if id.startswith(f"{chapter}.")}


def test_a_copy_in_disguise_is_found_in_a_class():
    submissions = class_of(40, ways_of(6)) | {
        "ada": answers([MINE], CHAPTER),
        "bob": answers([DISGUISED], CHAPTER),
    }
    (pair,) = [pair for pair in alike(submissions) if {"ada", "bob"} & {*pair.names}]
    assert pair.names == ("ada", "bob")
    assert {*pair.lines} == {"6.2", "6.3", "6.4"}
    assert pair.bits > threshold(42)
    assert ("whole, rest = spare", "a, b = t") in pair.lines["6.4"]


@pytest.mark.parametrize(
    "other",
    [
        MINE.replace("longest", "n"),  # names
        MINE.replace("    whole,", "    # a comment\n    whole,"),
        "\n\n".join(reversed(MINE.split("\n\n\n"))),  # functions in another order
        MINE.replace("sample * weight", "weight * sample"),
        MINE.replace("    ends =", "    'why'\n    ends ="),
        MINE.replace("input_size, kernel_size, *", "n: int, k: int, *")
        .replace("input_size", "n")
        .replace("kernel_size", "k"),
        MINE.replace("\n", "\r\n"),
    ],
)
def test_names_comments_types_and_order_do_not_count(other):
    assert other != MINE
    once, again = answers([MINE], CHAPTER), answers([other], CHAPTER)
    assert {id: {*lines} for id, lines in once.items()} == {id: {*lines} for id, lines in again.items()}
    assert all(once[id] for id in ("6.2", "6.3", "6.4"))


def test_what_is_given_or_written_by_all_is_nobodys():
    for exercise in KNOWN.values():
        assert answers([stub(exercise.solution)], [exercise]) == {exercise.id: {}}
        assert answers([reference(exercise.id)], [exercise]) == {exercise.id: {}}
    same = {f"s{place}": answers([MINE], CHAPTER) for place in range(30)}
    assert alike(same) == []


def test_who_uses_what_the_chapter_shows_is_not_like_others_who_do():
    exercise = KNOWN["7.5"]
    wrap = """
def encoder_decoder(image, *, num_classes, width, depth):
    network = build(depth, len(image), width, num_classes)
    return {}
"""
    one, other = (
        {"7.5": answers([exercise.shown, wrap.format(end)], [exercise])["7.5"]} for end in ("network", "None")
    )
    assert 0 < len(one["7.5"]) <= 4
    pairs = alike(class_of(28, ways_of(7)) | {"ada": one, "bob": other})
    assert not any({"ada", "bob"} & {*pair.names} for pair in pairs)


def test_short_answers_that_are_equal_because_they_must_be_are_not_shown():
    short = "def restoring_output_padding(input_size, kernel_size, *, stride, padding):\n    return int({})"
    ways = ["abs(input_size)", "input_size % stride", "len(range(padding))", "round(input_size / stride)"]
    for size in (8, 30, 200):
        submissions = {
            f"s{place}": answers([short.format(ways[place % len(ways)])], CHAPTER) for place in range(size)
        } | {name: answers([short.format("max(0, input_size - 7)")], CHAPTER) for name in ("ada", "bob")}
        assert submissions["ada"]["6.4"] == submissions["bob"]["6.4"] != {}
        assert alike(submissions) == []


def test_different_right_answers_of_one_exercise_are_never_shown():
    pairs = 0
    for id, ways in OTHERS.items():
        pairs += len(list(combinations(ways, 2)))
        assert alike({name: {id: lines} for name, lines in ways.items()}) == []
    assert pairs > 500


@pytest.mark.parametrize("chapter", range(1, 11))
def test_of_those_who_choose_independently_hardly_a_pair_is_shown(chapter):
    """All who choose a way write it letter for letter here, so chance makes more pairs than in any class.

    Ways of twenty lines (7.5 has two) are left out: nobody writes as many letter for letter by chance.
    """
    ways = {
        id: {name: lines for name, lines in some.items() if len(lines) < 20} for id, some in ways_of(chapter).items()
    }
    shown = sum(len(alike(class_of(30, ways, seed))) for seed in range(4))
    assert shown <= 0.002 * 4 * 30 * 29 / 2


def test_the_threshold_grows_with_the_pairs_there_are():
    assert threshold(2) == MARGIN
    assert threshold(200) == pytest.approx(MARGIN + 14.28, abs=0.01)
    two = {name: answers([MINE], CHAPTER) for name in ("ada", "bob")}
    assert alike(two) == []  # of two, nobody can say
    many = {f"s{place}": answers([MINE.replace("0", str(place))], CHAPTER) for place in range(40)}
    assert alike(many) == []
    few = {f"c{place}": answers([MINE], CHAPTER) for place in range(FEW)}
    shown = {pair.names for pair in alike(few | class_of(40, ways_of(6))) if {*pair.names} & {*few}}
    assert shown == {*combinations(few, 2)}


@pytest.mark.parametrize("id", ["1.3", "2.2", "6.1", "6.2", "7.4", "9.1", "10.4"])
def test_who_pastes_the_reference_is_named_also_in_disguise(id):
    exercise = KNOWN[id]
    pasted = reference(id)
    assert repeated([pasted], [exercise]) == [id]
    mine = pasted.replace(f"def {exercise.name}(", "def mine(").replace("\n    ", "\n    # so\n    ")
    assert repeated([mine, f"check('{id}', mine)"], [exercise]) == [id]
    lines = pasted.splitlines()
    assert repeated(["\n".join([*lines[:-1], *(f"    a{n} = {n}" for n in range(len(lines)))])], [exercise]) == []
    assert repeated([stub(exercise.solution)], [exercise]) == []


def test_nobody_who_writes_an_answer_of_one_s_own_is_named():
    count = 0
    for id, name, cells in notebooks_of_others():
        assert repeated(cells, [KNOWN[id]]) == [], name
        count += 1
    assert count > 250


def test_a_short_reference_is_written_by_many_and_names_nobody():
    named = [exercise.id for exercise in KNOWN.values() if repeated([reference(exercise.id)], [exercise])]
    assert {"6.2", "6.5"} <= {*named}
    assert not {"6.3", "6.4", "7.1", "11.1"} & {*named}
    guide = (ROOT / "book/instructors.md").read_text("utf-8")
    short = len(KNOWN) - len(named)
    assert f"Of the book's {len(KNOWN)} references, {short} have fewer than five different lines" in guide
    assert (LONG, NEARLY) == (5, 0.9)


def test_the_page_names_who_repeats_the_reference(tmp_path):
    plan = Plan("s", ("6.2", "6.3", "6.5"))
    pasted = reference("6.5"), reference("6.2"), reference("6.3")
    grades, submissions = graded(tmp_path, {"ada <i>": pasted, "bob": (MINE,)}, plan.ids)
    pairs, copies = compare(grades, submissions, plan)
    assert (pairs, copies) == ([], {"ada <i>": ["6.2", "6.5"]})
    page = similarity_page(pairs, "Week 6", 2, copies)
    assert "<tr><td>ada &lt;i&gt;</td><td>6.2, 6.5</td></tr>" in page
    assert "repeat the reference" not in similarity_page(pairs, "Week 6", 2)


def test_hostile_texts_are_read_as_far_as_they_can_be():
    long = "x = [" + "1, " * 100_000 + "]"
    for cell in (
        "def f(:\n  'x",
        "(" * 10_000,
        "\x00",
        "def f():\n" + " " * 3 + "x\n  y",
        "if 1:\n" * 200,
        long,
        "\\",
        "",
    ):
        assert answers([cell, MINE], CHAPTER).keys() >= {"6.2", "6.3", "6.4"}, cell[:20]


def test_every_exercise_gives_its_own_lines_away():
    for exercise in KNOWN.values():
        assert given(exercise), exercise.id
    assert get("6.3").solution.__doc__


def graded(tmp_path, texts, ids):
    """Students with their files, as if these had been graded."""
    (tmp_path / "in").mkdir()
    for name, cells in texts.items():
        (tmp_path / "in" / f"{name}.ipynb").write_bytes(notebook(*cells))
    submissions = find(tmp_path / "in")
    grades = []
    for student in match(submissions, None):
        marks = tuple(Mark(id, 0, 4, submission=student.submissions[-1].name) for id in ids)
        grades.append(Grade(student, marks, Status.OK, "", Lateness(Late.NO), sandbox=True))
    return grades, submissions


def test_the_page_shows_pairs_and_why(tmp_path):
    plan = Plan("s", ("6.2", "6.3", "6.4"))
    texts = {f"s{place}": (reference("6.2"), reference("6.3"), reference("6.4")) for place in range(20)}
    grades, submissions = graded(tmp_path, texts | {"ada": (MINE,), "bob": (DISGUISED,), "cy": ("f(",)}, plan.ids)
    pairs, _ = compare(grades, submissions, plan)
    page = similarity_page(pairs, "Week <6>", len(grades))
    assert [pair.names for pair in pairs] == [("ada", "bob")]
    assert "<p>1 pair to read side by side, of 23 students.</p>" in page
    assert "Week &lt;6&gt;" in page
    assert f"<h2>ada and bob: {pairs[0].bits:.0f} bits</h2>" in page
    assert "<td>whole, rest = spare</td><td>a, b = t</td>" in page
    assert "No pair stands out, of 23 students" in similarity_page([], "Week", 23)
    two = [replace(grade, student=replace(grade.student, name=f"{grade.student.name}2")) for grade in grades[:2]]
    with_partners, _ = compare([*grades, *two], submissions, plan)  # who handed in the same file are one
    assert [pair.names for pair in with_partners] == [("ada with ada2", "bob with bob2")]


@pytest.mark.usefixtures("sandbox")
def test_only_who_asks_gets_the_page_and_no_points_change(tmp_path):
    root = hand_in(tmp_path / "in", **{"ada.ipynb": (MINE,), "bob.ipynb": (DISGUISED,)})
    page = tmp_path / "out/similarity.html"
    grade(root, tmp_path / "out", "--only", "6.3")
    details = (tmp_path / "out/details.csv").read_bytes()
    assert not page.exists()
    grade(root, tmp_path / "out", "--only", "6.3", "--similarity")
    assert "No pair stands out, of 2 students" in page.read_text()
    assert (tmp_path / "out/details.csv").read_bytes() == details
    grade(root, tmp_path / "out", "--only", "6.3")
    assert not page.exists()
