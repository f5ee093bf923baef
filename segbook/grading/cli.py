"""The command `segbook`: `grade` grades a class, `exercises` lists what can be graded and writes its notebook.

`train` is `python -m segbook.train`, and `find` takes the network that it wrote to a folder of pictures.
"""

import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import count
from pathlib import Path

from segbook.exercises import Exercise
from segbook.grading.options import parser, said_of, secret_of, settings_of
from segbook.grading.sandbox import SandboxError
from segbook.grading.settings import Settings
from segbook.grading.times import Late, shown

REHEARSED = range(20)  # seeds on whose cases declarations are tried


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given[:1] == ["train"]:
        from segbook.train.command import main as train

        return train(given[1:])
    if given[:1] == ["find"]:
        from segbook.train.finding import main as find

        return find(given[1:])
    options = parser().parse_args(given)
    if options.command == "exercises":
        if options.action and (options.folder is None or options.exercises):
            print("segbook exercises check DIR: name one folder of your own declarations", file=sys.stderr)
            return 2
        private = options.folder or options.exercises
        return _list_exercises(private, options.only, options.notebook, options.title, check=bool(options.action))
    try:
        if options.command == "autograder":
            secret = secret_of(options.seed, options.seed_file)
            wanted = Settings(Path(), options.out, secret, only=options.only, exercises=options.exercises)
            return _write_autograder(wanted)
        settings = settings_of(options)
    except (OSError, ValueError) as error:
        print(f"segbook {options.command}: {said_of(error, options)}", file=sys.stderr)
        return 2
    return _grade_and_say(settings, options)


def _grade_and_say(settings: Settings, options: Namespace) -> int:
    if find_spec("nbformat") is None:
        print("segbook grade needs nbformat: pip install 'segbook[grade]'", file=sys.stderr)
        return 2
    from segbook.grading.attention import in_the_terminal
    from segbook.grading.run import grade_class, look

    try:
        if options.dry_run:
            said, warnings = look(settings)
            print(said, *(f"warning: {warning}" for warning in warnings), "Nothing was graded or written.", sep="\n")
            return 0
        if settings.deadline:
            print(f"Deadline: {shown(settings.deadline)}")
        grades = grade_class(settings, lambda warning: print(f"warning: {warning}", file=sys.stderr))
    except SandboxError as error:
        print(
            f"Nothing was graded: {error}\nWithout a sandbox, a student's code can do whatever you can do. If you "
            "trust every submission, --no-sandbox grades all the same and marks every result.",
            file=sys.stderr,
        )
        return 3
    except (OSError, ValueError) as error:
        print(f"segbook grade: {said_of(error, options)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from here.", file=sys.stderr)
        return 130
    listed = [grade for grade in grades if grade.student.listed]
    counts = Counter(str(grade.status) for grade in listed)
    counts["late"] = sum(grade.late for grade in listed)
    counts["of unknown time"] = sum(grade.lateness.late is Late.UNKNOWN for grade in listed)
    counts["more, credited to nobody"] = len(grades) - len(listed)
    print(f"{len(listed)} students: " + ", ".join(f"{number} {status}" for status, number in counts.items() if number))
    print(*(f"  {line}\n" for line in in_the_terminal(grades)), sep="", end="")
    packed = [path.name for path in sorted(settings.out.glob("feedback-*.zip"))]
    pages = ["report.html", *(["similarity.html"] if settings.similarity else [])]
    written = ["gradebook.csv", "details.csv", "mail.csv", *pages, *packed, "students/", "submissions/"]
    print(f"Written to {settings.out}: {', '.join(written)}")
    return 0


def _write_autograder(settings: Settings) -> int:
    from segbook.grading.autograder import write_autograder
    from segbook.grading.run import plan_of

    replaced = _replaced(settings.out)
    write_autograder(settings.out, plan_of(settings))
    said = "It holds the secret. Where Gradescope cannot isolate code, it grades nobody."
    print(f"Written to {settings.out}{replaced}. {said}")
    return 0


def _list_exercises(private: Path | None, only: str, notebook: Path | None, title: str, *, check: bool) -> int:
    if notebook and find_spec("nbformat") is None:
        print("segbook exercises --notebook needs nbformat: pip install 'segbook[grade]'", file=sys.stderr)
        return 2
    from segbook.exercises import LEVELS
    from segbook.grading.plan import declared, read_private, select
    from segbook.grading.rehearsal import doubts, rehearse

    written = ""
    try:
        known = declared(read_private(private) if private else ())
        chosen = [known[id] for id in select(known, only)]
        for exercise in chosen if check else ():
            rehearse(exercise, REHEARSED)
            for doubt in doubts(exercise, REHEARSED):
                print(f"warning: {doubt}", file=sys.stderr)
        if notebook:
            written = _write_notebook(chosen, notebook, title, checked=not private)
    except (OSError, ValueError) as error:
        print(f"segbook exercises: {error}", file=sys.stderr)
        return 2
    for one in chosen:
        groups = ", ".join(f"{group} {points}" for group, points in one.points.items())
        print(f"{one.id:<7} {sum(one.points.values()):>2} points  {LEVELS[one.level - 1]:<7} {one.title} ({groups})")
    tried = f"; each tried on the cases of {len(REHEARSED)} seeds" if check else ""
    exercises = f"{len(chosen)} exercise{'s' if len(chosen) != 1 else ''}"
    print(f"{exercises}, {sum(sum(one.points.values()) for one in chosen)} points{tried}")
    if notebook:
        print(written)
    return 0


def _write_notebook(chosen: Sequence[Exercise], path: Path, title: str, *, checked: bool) -> str:
    """Write the students' notebook and say so; what was there, which may be somebody's work, is kept beside it."""
    from segbook.exercises.notebook import student_notebook, write

    notebook = student_notebook(chosen, title=title, checked=checked)
    before = path.read_bytes() if path.exists() else None
    if not write(notebook, path):
        return f"{path} is as it was: nothing in it changes"
    if before is None:
        return f"Written to {path}"
    beside = (path.with_name(f"{path.stem} (old {number}){path.suffix}") for number in count(1))
    old = next(place for place in beside if not place.exists())
    old.write_bytes(before)
    return f"Written to {path}; what was there before is now {old}"


def _replaced(file: Path) -> str:
    """What to say of a file that is there before it is written."""
    return " (replaced)" if file.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
