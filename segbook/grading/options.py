"""What the command `segbook` can be asked, and the settings that this makes."""

import argparse
import os
from pathlib import Path

from segbook.grading.archives import MAX_INNER
from segbook.grading.quota import MAX_NOTEBOOKS, TOTALS
from segbook.grading.sandbox import Limits
from segbook.grading.settings import Counts, Settings
from segbook.grading.status import Status
from segbook.grading.times import read_duration, read_penalty, read_time, read_zone

SECRET = "SEGBOOK_SEED"  # in the environment
WRITE = (
    "write any text into it that students do not know, such as that of "
    'python3 -c "import secrets; print(secrets.token_hex())" > {file}'
)
DESCRIPTION = """\
Grade a class: run every notebook in a sandbox, call its answers on fresh cases, and write the marks.

  python3 -c "import secrets; print(secrets.token_hex())" > secret.txt
  segbook grade submissions.zip --out week6 --seed-file secret.txt --only 6 --roster canvas.csv --dry-run
  segbook grade submissions.zip --out week6 --seed-file secret.txt --only 6 --roster canvas.csv
  segbook grade submissions/ --out exam-results --seed-file secret.txt --exercises exam/ --deadline 2026-05-01T18:00

SUBMISSIONS is a folder of notebooks or the archive that Canvas or Moodle gives you. A folder or a file in it belongs
to the student whom its name names. The function that check("6.1", f) received last is graded, else the last one of the
exercise's own name. What the notebook prints, or says of its own points, is never looked at."""

EPILOG = """\
what is written to --out
  gradebook.csv           who and how many points, in the columns of your roster: Canvas and Moodle import it. Work
                          that is missing, unreadable or was stopped without a point has an empty cell, not 0.
  feedback-moodle.zip, feedback-canvas.zip
                          all feedback pages as Moodle's and Canvas's upload of feedback files takes them
  feedback-pages.zip      the same by the students' names, where no LMS handed the class over
  mail.csv                name, address, points, page and reason of each student on the roster, for a mail merge
  details.csv             everything on one row for each student: points, statuses, late, overrides
  report.html             the class: distributions, commonest misconceptions, who needs a look
  similarity.html         with --similarity, pairs of submissions that are more alike than chance explains, and why;
                          and answers that repeat the reference
  students/*/feedback.html, students/*/results.json
                          each student's feedback page, and the same for Gradescope
  submissions/*.json      one result for each file handed in. The same command again goes on where it was stopped and
                          grades only what is new or changed; delete a file to have it graded again.
  run.json                which assignment of which class this is; a run of another one refuses the folder

statuses
{statuses}

files you may give
  --roster    CSV with a header: Canvas's gradebook export, Moodle's grading worksheet (English, German, French,
              Spanish), or columns name, id, email
  --groups    CSV with the columns student and group. What a member handed in, or what is called as the group is, counts
              for all of the group; a student without a group works alone.
  --overrides CSV with the columns student, exercise, points, reason. It is read at every run and changes no result
              file, so it survives one.
  --manual    CSV with a row for each student: student, then a column such as "Plot (5)" for each question that you mark
              yourself, and "Plot comment" beside it. Empty cells are still to be marked; such totals stay empty.
  --times     CSV with the columns student and time, and file where a student handed in several; or the word files
  --extensions CSV with the columns student and deadline
  --exercises a folder of .py files, each with exercise = Exercise(...) and the functions that belong to it; see the
              book's module segbook.exercises for examples. Only these are graded then. Students start from the
              notebook that "segbook exercises --exercises DIR --notebook FILE" writes.

late
  Work is late by its time: that of --times, or of Moodle's worksheet. Without one, the LMS's own mark counts: LATE in
  Canvas's names, the status in Moodle's worksheet. Else it is unknown, and nobody is late. The times inside an archive
  are those of the download, or a student's invention, and are never used. A deadline without a time of day is the end
  of that day.

the secret
  Any text that students do not know, from --seed-file, the variable SEGBOOK_SEED or --seed. All students get the same
  hidden cases, drawn from it and the exercise's number. Keep it: with it, an appeal is graded again to the same points.
  It is written nowhere; but the seed of each exercise is in submissions/*.json, and feedback pages show a failing case,
  so take another secret next year.

limits of time
  A cell and a call have their own, --cell-seconds and --call-seconds. Of a submission's --total-seconds, long cells
  share three quarters; what is defined behind them is still read, and the calls have the rest. Of each student the last
  {most} notebooks are graded, and share the time of {totals}. An archive that a student handed in may hold {files}
  files, those in archives in it included. What goes beyond is listed, not graded.

exit status
  0    done; also when some work is missing, late or unreadable: the report lists it
  2    something about the command or a file is wrong; the message says what would be right
  3    the sandbox does not start here, so nothing was graded; the message says why
  130  stopped by Ctrl-C; the same command goes on from there"""


def parser() -> argparse.ArgumentParser:
    """Say what can be asked."""
    command_line = argparse.ArgumentParser(
        prog="segbook", description="The module behind the book 'A Label for Every Pixel'."
    )
    commands = command_line.add_subparsers(dest="command", required=True, metavar="COMMAND")
    grade = commands.add_parser(
        "grade",
        help="grade a class's notebooks",
        description=DESCRIPTION,
        epilog=EPILOG.format(
            statuses="\n".join(f"  {status!s:<11} {status.advice}" for status in Status),
            most=MAX_NOTEBOOKS,
            totals=TOTALS,
            files=MAX_INNER,
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    grade.add_argument("submissions", type=Path, metavar="SUBMISSIONS", help="folder, or archive from the LMS")
    grade.add_argument("--out", type=Path, required=True, metavar="RESULTS", help="folder for the results")

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
    # Handed through as they are: these have options of their own, and need torch to list them.
    commands.add_parser("train", add_help=False, help="train a network on a folder of images and masks")
    commands.add_parser("find", add_help=False, help="find the objects in a folder of pictures with a trained network")
    packed = commands.add_parser("autograder", help="write the archive for Gradescope's Configure Autograder")
    packed.add_argument("--out", type=Path, required=True, metavar="ZIP", help="the archive")
    for command in (grade, packed):
        secret = command.add_mutually_exclusive_group()
        secret.add_argument(
            "--seed-file", type=Path, metavar="FILE", help="holds the secret; hidden cases are drawn from it"
        )
        secret.add_argument(
            "--seed", default="", metavar="SECRET", help="the secret, seen by all users of this machine"
        )
    for choice in (what, listing, packed):
        choice.add_argument("--only", default="", metavar="IDS", help="exercises or chapters, such as 6 or 5.1,6.1-6.3")
        choice.add_argument(
            "--exercises", type=Path, metavar="DIR", help="your own declarations, in place of the book's"
        )

    who = grade.add_argument_group("who, and which submission")
    who.add_argument("--roster", type=Path, metavar="CSV", help="the class; tells who is missing")
    who.add_argument("--groups", type=Path, metavar="CSV", help="who works with whom; one hands in for all of a group")
    who.add_argument("--deadline", default="", metavar="TIME", help="such as 2026-05-01 or 2026-05-01T18:00")
    who.add_argument(
        "--zone", default="", metavar="ZONE", help="of times, such as Europe/Berlin (default: this machine's)"
    )
    who.add_argument("--times", default="", metavar="CSV", help="when work came; 'files': the times of files on disk")
    who.add_argument("--extensions", type=Path, metavar="CSV", help="later deadlines of single students")
    who.add_argument("--grace", default="0m", metavar="15m", help="so long nothing is late")
    who.add_argument(
        "--penalty",
        default="",
        metavar="PERCENT",
        help="off late points: 20 once, 10/day or 1/hour begun",
    )
    which = who.add_mutually_exclusive_group()
    which.set_defaults(counts=Counts.LAST)
    for option, counts, said in (
        ("--last", Counts.LAST, "for each exercise the last answer counts (the default)"),
        ("--last-on-time", Counts.LAST_ON_TIME, "the last on time; late work counts only if there is no other"),
        ("--best", Counts.BEST, "the best answer counts, after what lateness costs"),
    ):
        which.add_argument(option, dest="counts", action="store_const", const=counts, help=said)
    who.add_argument("--overrides", type=Path, metavar="CSV", help="points that you decided yourself")
    who.add_argument("--bonus", action="store_true", help="these may be more than an exercise has")
    who.add_argument("--manual", type=Path, metavar="CSV", help="points for questions that you mark yourself")
    who.add_argument(
        "--similarity",
        action="store_true",
        help="list pairs to read side by side, and answers that repeat the reference, in similarity.html; no points "
        "change",
    )
    who.add_argument("--dry-run", action="store_true", help="say who and what would be graded, warn, and write nothing")

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
    return command_line


def settings_of(options: argparse.Namespace) -> Settings:
    """Understand what was asked for.

    Raises:
        ValueError: If a time, a zone, a duration or a penalty is none.
    """
    zone = read_zone(options.zone) if options.zone else None
    deadline = read_time(options.deadline, zone, is_end=True) if options.deadline else None
    if options.deadline and not deadline:
        raise ValueError(f"--deadline {options.deadline!r} is no time; give one such as 2026-05-01 or 2026-05-01T18:00")
    return Settings(
        submissions=options.submissions,
        out=options.out,
        seed=secret_of(options.seed, options.seed_file),
        title=options.title,
        only=options.only,
        exercises=options.exercises,
        roster=options.roster,
        groups=options.groups,
        overrides=options.overrides,
        bonus=options.bonus,
        manual=options.manual,
        deadline=deadline,
        zone=zone,
        times=options.times,
        extensions=options.extensions,
        grace=read_duration(options.grace),
        penalty=read_penalty(options.penalty) if options.penalty else None,
        counts=options.counts,
        similarity=options.similarity,
        jobs=options.jobs,
        scheduler=options.scheduler,
        limits=Limits(options.cell_seconds, options.call_seconds, options.total_seconds, options.memory),
        sandbox=not options.no_sandbox,
    )


def said_of(error: OSError | ValueError, options: argparse.Namespace) -> str:
    """Say what is wrong; of a file that cannot be read, also by which option it was given."""
    file = getattr(error, "filename", None)
    named = [name for name, value in vars(options).items() if file is not None and str(value) == str(file)]
    if not named or not isinstance(error, OSError):
        return str(error)
    option = "SUBMISSIONS" if named[0] == "submissions" else f"--{named[0].replace('_', '-')}"
    if not isinstance(error, FileNotFoundError):
        return f"{option} {file}: {error.strerror}"
    advice = WRITE.format(file=file) if option == "--seed-file" else f"look for it from {Path.cwd()}"
    return f"{option} {file}: there is no such file; {advice}"


def secret_of(said: str, file: Path | None) -> str:
    """Take the secret from the command, from a file or from the environment."""
    text = said or (file.read_text("utf-8", "replace") if file else os.environ.get(SECRET, ""))
    if file and not said and not text.strip():
        raise ValueError(f"--seed-file {file} is empty; {WRITE.format(file=file)}")
    if not text.strip():
        raise ValueError(f"no secret: name a file that holds one with --seed-file FILE, or put it into {SECRET}")
    return text.strip()
