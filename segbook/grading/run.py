"""What `segbook grade` does, from a folder of notebooks to a folder of marks."""

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from segbook.grading.batch import grade_all, slug, write_json, write_text
from segbook.grading.grades import Grade, combine
from segbook.grading.packages import package_files
from segbook.grading.pages import class_report, feedback_page
from segbook.grading.plan import Plan, declared, read_private, select
from segbook.grading.roster import match, read_table
from segbook.grading.sandbox import Limits
from segbook.grading.submissions import find
from segbook.grading.tables import details, gradebook, gradescope


def run(options: Namespace) -> list[Grade]:
    """Grade, and write everything."""
    plan = _plan(options)
    roster = read_table(options.roster) if options.roster else None
    overrides = read_table(options.overrides) if options.overrides else []
    submissions = find(options.submissions)
    if not submissions and not roster:
        raise ValueError(f"{options.submissions} holds no notebook and no archive of notebooks")
    students = match(submissions, roster)
    choice = {"best": options.best, "deadline": options.deadline, "overrides": overrides}
    combine(students, {}, plan, **choice)  # mistakes in the overrides show before grading, not after
    results = grade_all(submissions, plan, options.out / "submissions", jobs=options.jobs, scheduler=options.scheduler)
    grades = combine(students, results, plan, **choice)
    write(grades, options.out, options.title)
    return grades


def write(grades: Sequence[Grade], out: Path, title: str) -> None:
    """Write tables and pages."""
    write_text(out / "gradebook.csv", gradebook(grades, title))
    write_text(out / "details.csv", details(grades))
    write_text(out / "report.html", class_report(grades, title))
    for grade in grades:
        folder = out / "students" / slug(f"{grade.student.name} {grade.student.key}")
        folder.mkdir(parents=True, exist_ok=True)
        write_text(folder / "feedback.html", feedback_page(grade, title))
        write_json(folder / "results.json", gradescope(grade))


def _plan(options: Namespace) -> Plan:
    private = read_private(options.exercises) if options.exercises else ()
    known = declared(private)
    ids = select(known, options.only)
    package_files(("numpy", *{name for id in ids for name in known[id].allows}))  # one that is missing shows at once
    limits = Limits(options.cell_seconds, options.call_seconds, options.total_seconds, options.memory)
    return Plan(options.seed, ids, private, limits, not options.no_sandbox)
