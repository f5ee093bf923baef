"""What `segbook grade` does, from a folder of notebooks to a folder of marks."""

import sys
from collections.abc import Sequence
from pathlib import Path

from segbook.grading.batch import grade_all
from segbook.grading.files import slug, write_json, write_text
from segbook.grading.grades import Grade, combine, read_overrides
from segbook.grading.packages import package_files
from segbook.grading.pages import class_report, feedback_page
from segbook.grading.plan import Plan, declared, read_private, select
from segbook.grading.rehearsal import doubts, rehearse
from segbook.grading.roster import match, read_table
from segbook.grading.settings import Settings
from segbook.grading.submissions import find
from segbook.grading.tables import details, gradebook, gradescope


def grade_class(settings: Settings) -> list[Grade]:
    """Grade, and write everything.

    Raises:
        SandboxError: If the sandbox does not start; nothing is graded then.
        ValueError: If a file or an option cannot be understood.
        OSError: If a file cannot be read or written.
    """
    plan = _plan(settings)
    roster = read_table(settings.roster) if settings.roster else None
    changes = read_table(settings.overrides) if settings.overrides else []
    submissions = find(settings.submissions)
    if not submissions and not roster:
        raise ValueError(f"{settings.submissions} holds no notebook and no archive of notebooks")
    students = match(submissions, roster)
    overrides = read_overrides(changes, students, plan)
    folder = settings.out / "submissions"
    results = grade_all(submissions, plan, folder, jobs=settings.jobs, scheduler=settings.scheduler)
    grades = combine(students, results, plan, best=settings.best, deadline=settings.deadline, overrides=overrides)
    write(grades, settings.out, settings.title)
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


def _plan(settings: Settings) -> Plan:
    private = read_private(settings.exercises) if settings.exercises else ()
    known = declared(private)
    ids = select(known, settings.only)
    package_files(("numpy", *{name for id in ids for name in known[id].allows}))  # one that is missing shows at once
    plan = Plan(settings.seed, ids, private, settings.limits, settings.sandbox)
    if private:
        for exercise in plan.exercises():
            seeds = [plan.seed(exercise.id)]
            rehearse(exercise, seeds)
            for doubt in doubts(exercise, seeds):
                print(f"warning: {doubt}", file=sys.stderr)
    return plan
