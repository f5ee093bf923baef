"""The command `segbook`: `grade` grades a class, `exercises` lists what can be graded and writes its notebook."""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from segbook.grading.sandbox import Limits, SandboxError
from segbook.grading.settings import Settings
from segbook.grading.status import Status

REHEARSED = range(20)  # seeds on whose cases declarations are tried
DESCRIPTION = """\
Grade a class: run every notebook in a sandbox, call its answers on fresh cases, and write the marks.

  segbook grade submissions.zip --out results --seed "$SECRET" --only 6 --roster canvas.csv
  segbook grade submissions/ --out results --seed "$SECRET" --exercises exam/ --deadline 2026-05-01T23:59 --best

SUBMISSIONS is a folder of notebooks or the archive that Canvas or Moodle gives you. A folder or a file in it belongs
to the student whom its name names. The function that check("6.1", f) received last is graded, else the last one of the
exercise's own name. What the notebook prints, or says of its own points, is never looked at."""

EPILOG = """\
what is written to --out
  gradebook.csv           who and how many points, in the columns of your roster: Canvas and Moodle import it. Work
                          that is missing, unreadable or was stopped without a point has an empty cell, not 0.
  details.csv             everything on one row for each student: points, statuses, late, overrides
  report.html             the class: distributions, commonest misconceptions, who needs a look
  students/*/feedback.html, students/*/results.json
                          each student's feedback page, and the same for Gradescope
  submissions/*.json      one result for each file handed in. The same command again goes on where it was stopped and
                          grades only what is new or changed; delete a file to have it graded again.

statuses
{statuses}

files you may give
  --roster    CSV with a header: Canvas's gradebook export, Moodle's grading worksheet, or columns name, id, email
  --overrides CSV with the columns student, exercise, points, reason. It is read at every run and changes no result
              file, so it survives one.
  --exercises a folder of .py files, each with exercise = Exercise(...) and the functions that belong to it; see the
              book's module segbook.exercises for examples. Only these are graded then. Students start from the
              notebook that "segbook exercises --exercises DIR --notebook FILE" writes.

the secret
  All students get the same hidden cases, drawn from --seed and the exercise's number. Keep it: with it, an appeal is
  graded again to the same points. It is written nowhere; but the seed of each exercise is in submissions/*.json, and
  feedback pages show the first failing case, so take another secret next year.

exit status
  0    done; also when some work is missing, late or unreadable: the report lists it
  2    something about the command or a file is wrong; the message says what would be right
  3    the sandbox does not start here, so nothing was graded; the message says why
  130  stopped by Ctrl-C; the same command goes on from there"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    options = _parser().parse_args(arguments)
    if options.command == "exercises":
        if options.action and (options.folder is None or options.exercises):
            print("segbook exercises check DIR: name one folder of your own declarations", file=sys.stderr)
            return 2
        private = options.folder or options.exercises
        return _list_exercises(private, options.only, options.notebook, options.title, check=bool(options.action))
    return _grade_and_say(_settings(options))


def _settings(options: argparse.Namespace) -> Settings:
    return Settings(
        submissions=options.submissions,
        out=options.out,
        seed=options.seed,
        title=options.title,
        only=options.only,
        exercises=options.exercises,
        roster=options.roster,
        overrides=options.overrides,
        deadline=options.deadline,
        best=options.best,
        jobs=options.jobs,
        scheduler=options.scheduler,
        limits=Limits(options.cell_seconds, options.call_seconds, options.total_seconds, options.memory),
        sandbox=not options.no_sandbox,
    )


def _grade_and_say(settings: Settings) -> int:
    if find_spec("nbformat") is None:
        print("segbook grade needs nbformat: pip install 'segbook[grade]'", file=sys.stderr)
        return 2
    from segbook.grading.run import grade_class

    try:
        grades = grade_class(settings)
    except SandboxError as error:
        print(
            f"Nothing was graded: {error}\nWithout a sandbox, a student's code can do whatever you can do. If you "
            "trust every submission, --no-sandbox grades all the same and marks every result.",
            file=sys.stderr,
        )
        return 3
    except (OSError, ValueError) as error:
        print(f"segbook grade: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from here.", file=sys.stderr)
        return 130
    count = Counter(str(grade.status) for grade in grades)
    count["late"] = sum(grade.late for grade in grades)
    print(f"{len(grades)} students: " + ", ".join(f"{number} {status}" for status, number in count.items() if number))
    print(f"Written to {settings.out}: gradebook.csv, details.csv, report.html, students/, submissions/")
    return 0


def _list_exercises(private: Path | None, only: str, notebook: Path | None, title: str, *, check: bool) -> int:
    if notebook and find_spec("nbformat") is None:
        print("segbook exercises --notebook needs nbformat: pip install 'segbook[grade]'", file=sys.stderr)
        return 2
    from segbook.exercises import LEVELS
    from segbook.grading.plan import declared, read_private, select
    from segbook.grading.rehearsal import doubts, rehearse

    try:
        known = declared(read_private(private) if private else ())
        chosen = [known[id] for id in select(known, only)]
        for exercise in chosen if check else ():
            rehearse(exercise, REHEARSED)
            for doubt in doubts(exercise, REHEARSED):
                print(f"warning: {doubt}", file=sys.stderr)
        if notebook:
            from segbook.exercises.notebook import student_notebook, write

            write(student_notebook(chosen, title=title, checked=not private), notebook)
    except (OSError, ValueError) as error:
        print(f"segbook exercises: {error}", file=sys.stderr)
        return 2
    for one in chosen:
        groups = ", ".join(f"{group} {points}" for group, points in one.points.items())
        print(f"{one.id:<7} {sum(one.points.values()):>2} points  {LEVELS[one.level - 1]:<7} {one.title} ({groups})")
    tried = f"; each tried on the cases of {len(REHEARSED)} seeds" if check else ""
    print(f"{len(chosen)} exercises, {sum(sum(one.points.values()) for one in chosen)} points{tried}")
    if notebook:
        print(f"Written to {notebook}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="segbook", description="The module behind the book 'A Label for Every Pixel'."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    grade = commands.add_parser(
        "grade",
        help="grade a class's notebooks",
        description=DESCRIPTION,
        epilog=EPILOG.format(statuses="\n".join(f"  {status!s:<11} {status.advice}" for status in Status)),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    grade.add_argument("submissions", type=Path, metavar="SUBMISSIONS", help="folder, or archive from the LMS")
    grade.add_argument("--out", type=Path, required=True, metavar="RESULTS", help="folder for the results")
    grade.add_argument("--seed", required=True, metavar="SECRET", help="any text; hidden cases are drawn from it")

    what = grade.add_argument_group("what is graded")
    listing = commands.add_parser(
        "exercises", help="list exercises; write the notebook that students start from; check DIR tries your own"
    )
    listing.add_argument("action", nargs="?", choices=["check"], help="try every declaration in DIR; wrong: exit 2")
    listing.add_argument("folder", nargs="?", type=Path, metavar="DIR", help="your own declarations")
    listing.add_argument(
        "--notebook", type=Path, metavar="FILE", help="write the students' notebook of these exercises"
    )
    for command in (grade, listing):
        command.add_argument("--title", default=Settings.title, help="as your LMS calls it (default: %(default)s)")
    for choice in (what, listing):
        choice.add_argument("--only", default="", metavar="IDS", help="exercises or chapters, such as 6 or 6.1,6.3")
        choice.add_argument(
            "--exercises", type=Path, metavar="DIR", help="your own declarations, in place of the book's"
        )

    who = grade.add_argument_group("who, and which submission")
    who.add_argument("--roster", type=Path, metavar="CSV", help="the class; tells who is missing")
    who.add_argument(
        "--deadline", type=_time, metavar="TIME", help="such as 2026-05-01T23:59, local; later work is marked late"
    )
    which = who.add_mutually_exclusive_group()
    which.add_argument("--last", action="store_true", help="for each exercise the last answer counts (the default)")
    which.add_argument("--best", action="store_true", help="for each exercise the best answer counts")
    who.add_argument("--overrides", type=Path, metavar="CSV", help="points that you decided yourself")

    how = grade.add_argument_group("how")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    how.add_argument(
        "--jobs", type=int, default=cores, metavar="N", help="processes (default: all cores, here %(default)d)"
    )
    how.add_argument(
        "--scheduler", default="", metavar="ADDRESS", help="grade on a Dask cluster, such as tcp://host:8786"
    )
    for name, part in (("cell", "each cell"), ("call", "each call"), ("total", "a submission")):
        seconds = getattr(Limits, name)
        how.add_argument(
            f"--{name}-seconds", type=float, default=seconds, metavar="S", help=f"for {part} (default: {seconds:g})"
        )
    memory = Limits.memory
    how.add_argument("--memory", type=int, default=memory, metavar="MIB", help=f"for a submission (default: {memory})")
    how.add_argument("--no-sandbox", action="store_true", help="run student code with your rights; marks every result")
    return parser


def _time(text: str) -> datetime:
    """Read a time; one with an offset is turned into local time."""
    time = datetime.fromisoformat(text)
    return time.astimezone().replace(tzinfo=None) if time.tzinfo else time


if __name__ == "__main__":
    sys.exit(main())
