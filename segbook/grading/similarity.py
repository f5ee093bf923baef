"""Find pairs of submissions that an instructor should read side by side. It gives hints and never touches points.

An answer is a set of lines: its own and those of what it calls. A line is the bag of its tokens, with one sign for all
names but Python's own and those after a dot, such as `zeros` in `np.zeros`. So names, comments, types, and the order of
lines and operands do not count. Nor do the lines of the file that declares the exercise, its stub, reference and
misconceptions: everybody is given them or may come to them. Texts are cut into tokens and never parsed or run, for
students wrote them.

Two answers are alike if their common lines are most of either, each line weighed by how few have it. If k of n answers
have all of these lines, they tell log2(n / k) bits: what all write because the exercise asks for it tells nothing, and
what two of sixty write tells five. Each further line that at most `FEW` have tells one bit more. The bits of all
exercises add up. A pair of whom chance explains b bits is one of 2**b, so it is shown if b is larger than log2 of the
number of pairs in the class, by `MARGIN`.

What these lines leave out is found apart: an answer whose lines are nearly all those of a longer reference.
"""

import builtins
import inspect
import io
import keyword
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations
from math import log2

from segbook.exercises import Exercise
from segbook.exercises.source import definition

SHARE = 0.6  # of either answer's lines, by weight, that alike answers have in common
FEW = 3  # answers that have a line of their own
MARGIN = 8.0  # bits: were answers independent, one class in 2**8 would show a pair
LONG, NEARLY = 5, 0.9  # lines of a reference that few would write so by themselves, and the share that is nearly all
MAX_CODE = 200_000  # characters of a submission that are read
MAX_LINE = 2_000  # characters; no answer has a longer line
CHECKED = re.compile(r"""\bcheck\(\s*["'](?P<id>[^"'\n]+)["']\s*,\s*(?P<name>\w+)""")
MAGIC = re.compile(r"^[%!].*$", re.MULTILINE)
UNTOLD = set("()[]{},:;")  # where they stand follows from the rest
HEADS = {"class", "def", "elif", "else", "except", "finally", "for", "if", "match", "case", "try", "while", "with"}
SKIPPED = {"import", "from", "@", "global", "nonlocal"}

Line = tuple[str, ...]
Answer = Mapping[Line, str]  # each line, with how it was written


@dataclass(frozen=True)
class Pair:
    """Two submissions that are more alike than chance and the exercises explain.

    Args:
        names: Of the submissions.
        bits: How much their common lines tell.
        lines: These lines by exercise, as the one and the other wrote them, the rarest first.
    """

    names: tuple[str, str]
    bits: float
    lines: Mapping[str, Sequence[tuple[str, str]]]


@dataclass
class Block:
    """What a name was given: a function, a class or a value."""

    lines: dict[Line, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


def threshold(count: int) -> float:
    """The bits from which a pair of so many submissions is shown.

    >>> round(threshold(60), 1)
    18.8
    """
    return log2(max(1, count * (count - 1) / 2)) + MARGIN


def alike(submissions: Mapping[str, Mapping[str, Answer]]) -> list[Pair]:
    """Find the pairs that are more alike than chance explains, the most telling first.

    Args:
        submissions: By name and exercise, the lines that `answers` found.
    """
    told: dict[tuple[str, str], float] = {}
    lines: dict[tuple[str, str], dict[str, list[tuple[str, str]]]] = {}
    for id in dict.fromkeys(id for found in submissions.values() for id in found):
        having = {name: found[id] for name, found in submissions.items() if id in found}
        for one, other, common, bits in _alike_answers(having):
            told[one, other] = told.get((one, other), 0.0) + bits
            written = [(having[one][line], having[other][line]) for line in common]
            lines.setdefault((one, other), {})[id] = written
    least = threshold(len(submissions))
    pairs = [Pair(names, bits, lines[names]) for names, bits in told.items() if bits >= least]
    return sorted(pairs, key=lambda pair: (-pair.bits, pair.names))


def _alike_answers(having: Mapping[str, Answer]) -> Iterator[tuple[str, str, list[Line], float]]:
    """Find alike answers to one exercise: whose they are, their common lines, the rarest first, and what these tell."""
    holders: dict[Line, set[str]] = {}
    for name, answer in having.items():
        for line in answer:
            holders.setdefault(line, set()).add(name)
    weight = {line: log2(len(having) / len(names)) for line, names in holders.items()}
    telling = {name: {line for line in answer if weight[line] > 0} for name, answer in having.items()}
    whole = {name: sum(weight[line] for line in lines) for name, lines in telling.items()}
    for one, other in combinations(telling, 2):
        common = telling[one] & telling[other]
        if common and sum(weight[line] for line in common) >= SHARE * max(whole[one], whole[other]):
            ordered = sorted(common, key=lambda line: (-weight[line], line))
            together = set.intersection(*(holders[line] for line in ordered))
            own = sum(len(holders[line]) <= FEW for line in ordered)
            yield one, other, ordered, log2(len(having) / len(together)) + max(0, own - 1)


def answers(cells: Sequence[str], exercises: Iterable[Exercise]) -> dict[str, Answer]:
    """Find the lines of a notebook's answers, less those that the exercise gives away.

    Args:
        cells: The sources of the code cells.
        exercises: Those that are graded.
    """
    return {
        exercise.id: {line: text for line, text in lines.items() if line not in given(exercise)}
        for exercise, lines in _answers(cells, exercises)
    }


def repeated(cells: Sequence[str], exercises: Iterable[Exercise]) -> list[str]:
    """Find the exercises whose answer has nearly the lines of the reference and no others, where that is long.

    Args:
        cells: The sources of the code cells.
        exercises: Those that are graded.
    """
    found = []
    for exercise, lines in _answers(cells, exercises):
        own = _own(exercise)
        if len(own) >= LONG and len(own & lines.keys()) >= NEARLY * max(len(own), len(lines)):
            found.append(exercise.id)
    return found


def _answers(cells: Sequence[str], exercises: Iterable[Exercise]) -> Iterator[tuple[Exercise, Answer]]:
    """Find all lines of a notebook's answers."""
    exercises = list(exercises)
    blocks, checked, left = dict[str, Block](), dict[str, str](), MAX_CODE
    for cell in cells:
        if len(cell) <= left and max(map(len, cell.splitlines()), default=0) <= MAX_LINE:
            left -= len(cell)
            blocks |= _blocks(cell)
            checked |= {match["id"]: match["name"] for match in CHECKED.finditer(cell)}
    named = {one.id: name if (name := checked.get(one.id, "")) in blocks else one.name for one in exercises}
    for exercise in exercises:
        name = named[exercise.id]
        if name in blocks:
            yield exercise, _reached(blocks, name, {*named.values()} - {name})


@cache
def given(exercise: Exercise) -> frozenset[Line]:
    """The lines of the file that declares an exercise, and of what the chapter shows."""
    functions = (exercise.solution, *(one.answer for one in exercise.misconceptions))
    texts = {exercise.shown, *("".join(inspect.findsource(function)[0]) for function in functions)}
    return frozenset(line for text in texts for block in _blocks(text).values() for line in block.lines)


@cache
def _own(exercise: Exercise) -> frozenset[Line]:
    """The lines of a reference, as `solution` shows it."""
    return frozenset(line for block in _blocks(definition(exercise.solution)).values() for line in block.lines)


def _reached(blocks: Mapping[str, Block], name: str, others: set[str]) -> dict[Line, str]:
    """The lines of a block and of all that it uses, without other answers."""
    lines, waiting, seen = dict[Line, str](), [name], set[str]()
    while waiting:
        name = waiting.pop()
        if name in blocks and name not in seen:
            seen.add(name)
            lines |= blocks[name].lines
            waiting += sorted(blocks[name].names - others)
    return lines


def _blocks(text: str) -> dict[str, Block]:
    """Find what a text defines outside of functions, by name; of two of one name, the later."""
    blocks: dict[str, Block] = {}
    block, level = Block(), 0
    for depth, tokens in _logical_lines(text):
        words = [token.string for token in tokens]
        if words[0] == "async":
            tokens, words = tokens[1:], words[1:]
        if depth <= level or not blocks:
            if words[0] in ("def", "class") and len(words) > 1:
                block = blocks[words[1]] = Block()
                level = depth
            elif words[1:2] == ["="]:
                block = blocks[words[0]] = Block()
                level = depth
            else:
                block, level = Block(), 99  # what follows belongs to nothing until something is defined
        for part in _parts(tokens):
            line = _line(part)
            if line:
                block.lines[line] = " ".join("".join(dict.fromkeys(token.line for token in tokens)).split())[:200]
        block.names |= {token.string for token in tokens if token.type == tokenize.NAME}
    return blocks


def _logical_lines(text: str) -> Iterator[tuple[int, list[tokenize.TokenInfo]]]:
    """Cut a text into logical lines, each with its depth, as far as it can be cut."""
    depth, tokens = 0, list[tokenize.TokenInfo]()
    try:
        for token in tokenize.generate_tokens(io.StringIO(MAGIC.sub("", text)).readline):
            if token.type == tokenize.INDENT:
                depth += 1
            elif token.type == tokenize.DEDENT:
                depth -= 1
            elif token.type == tokenize.NEWLINE or token.string == ";":
                if tokens:
                    yield depth, tokens
                tokens = []
            elif token.type not in (tokenize.NL, tokenize.COMMENT, tokenize.ENDMARKER):
                tokens.append(token)
    except (tokenize.TokenError, SyntaxError):  # a text that is no Python is read up to there
        return


def _parts(tokens: Sequence[tokenize.TokenInfo]) -> Iterator[Sequence[tokenize.TokenInfo]]:
    """Cut a head such as `if x:` from what stands behind it; the head of a definition tells nothing."""
    if tokens[0].string not in HEADS:
        yield tokens
        return
    nested = 0
    for place, token in enumerate(tokens):
        nested += (token.string in "([{") - (token.string in ")]}")
        if token.string == ":" and not nested:
            if tokens[0].string not in ("def", "class"):
                yield tokens[:place]
            if tokens[place + 1 :]:
                yield tokens[place + 1 :]
            return


def _line(tokens: Sequence[tokenize.TokenInfo]) -> Line:
    """Sort the tokens of a line, with one sign for the names that its author chose; a docstring is nothing."""
    if tokens[0].string in SKIPPED or all(token.type == tokenize.STRING for token in tokens):
        return ()
    words, before = [], ""
    for token in tokens:
        word = token.string
        if token.type == tokenize.NAME and not keyword.iskeyword(word):
            word = f".{word}" if before == "." else word if word in BUILTINS else "name"
        if word not in UNTOLD and word != ".":
            words.append(word)
        before = token.string
    return tuple(sorted(words)) if words not in (["..."], ["pass"]) else ()


BUILTINS = frozenset(dir(builtins))
