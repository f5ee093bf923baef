"""Find people by names that others typed: with more words around them, without their marks, or misspelt.

What is found must be one person's alone; whoever is only similar is suggested, never taken.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from typing import Generic, TypeVar

from segbook.grading.columns import letters, plain

Person = TypeVar("Person")
WORDS = re.compile(r"[\s_.,;()\[\]–—-]+")
OWN = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
SHORT = 3  # letters of a name that is looked for among other words
LONG = 5  # characters of a number or login that is looked for among other words
MAX_WORDS = 24  # of a file's name
NEAR = 3  # names that are suggested
CLOSE = 0.75  # of a name that is suggested


def spellings(name: str) -> set[str]:
    """Spell a name as folders and Canvas's files do, whichever of its words are the family's.

    >>> sorted(spellings("Ana van Berg"))
    ['anavanberg', 'berganavan', 'vanbergana']
    """
    last, _, first = name.partition(",")
    words = f"{first} {last}".split()
    return {letters("".join(words[place:] + words[:place])) for place in range(len(words))} - {""}


def bare(name: str) -> set[str]:
    """Spell a name's letters without their marks, as keyboards and old systems do.

    >>> sorted(bare("Ångström"))
    ['aangstroem', 'angstrom']
    """
    whole = letters(name)
    return {_without_marks(whole), _without_marks(whole.translate(WRITTEN_OUT))} - {""}


class Names(Generic[Person]):
    """People by their names.

    Args:
        named: Each person with his or her name, more than once if written in several ways.
        keys: Each person's numbers, logins and addresses.
    """

    def __init__(self, named: Iterable[tuple[str, Person]], keys: Mapping[str, Person | None]) -> None:
        self.keys = keys
        self.written: dict[str, str] = {}
        self.people: dict[str, list[Person]] = {}
        for name, person in named:
            for spelling in spellings(name):
                for one in bare(spelling):
                    several = self.people.setdefault(one, [])
                    several += [] if any(person is other for other in several) else [person]
                    self.written[one] = name

    def find(self, label: str) -> list[Person]:
        """Find all whom a label names, by runs of its words that are a name or a key and no part of a longer one."""
        words = [word for word in WORDS.split(plain(label)) if word][:MAX_WORDS]
        found: list[Person] = []
        taken: list[tuple[int, int]] = []
        for length in range(len(words), 0, -1):
            for start in range(len(words) - length + 1):
                end = start + length
                if any(first <= start and end <= last for first, last in taken):
                    continue
                if here := self._exactly("".join(words[start:end]), is_all=length == len(words)):
                    taken.append((start, end))
                    found += here
        return [one for place, one in enumerate(found) if not any(one is other for other in found[:place])]

    def closest(self, label: str) -> str:
        """The name that is most like a label or some of its words, or all that are as near; nothing if none is."""
        words = [word for word in WORDS.split(plain(label)) if word][:MAX_WORDS]
        runs = {"".join(words[start:end]) for start in range(len(words)) for end in range(start + 1, len(words) + 1)}
        for run in sorted(runs, key=len, reverse=True):
            for one in bare(run) if len(run) >= LONG else ():
                alike = {spelling: SequenceMatcher(None, spelling, one).ratio() for spelling in self.people}
                if (most := max(alike.values(), default=0.0)) >= CLOSE:
                    near = sorted({self.written[spelling] for spelling, ratio in alike.items() if ratio == most})
                    return " or ".join(map(repr, near[:NEAR]))
        return ""

    def _exactly(self, word: str, *, is_all: bool) -> list[Person]:
        key = self.keys.get(word.casefold()) if is_all or len(word) >= LONG else None
        if key is not None:
            return [key]
        if not is_all and len(word) < SHORT:
            return []
        return [person for one in bare(word) for person in self.people.get(one, ())]


def _without_marks(word: str) -> str:
    parts = unicodedata.normalize("NFD", word.translate(OWN))
    return "".join(letter for letter in parts if not unicodedata.combining(letter))
