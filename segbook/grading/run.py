"""What `segbook grade` does, from a folder of notebooks to a folder of marks."""

import contextlib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from segbook.grading.archives import Unreadable
from segbook.grading.batch import grade_all, outdated
from segbook.grading.claim import claim, refuse_others
from segbook.grading.dry import on_contents, summary
from segbook.grading.files import forget_others, slug, write_bytes, write_json, write_text
from segbook.grading.grades import Grade, combine
from segbook.grading.handback import canvas_zip, mail_merge, moodle_zip, pages_zip
from segbook.grading.intake import NAMED, take_in
from segbook.grading.notebooks import MAX_NOTEBOOK, read_cells
from segbook.grading.packages import package_files
from segbook.grading.pages import class_report, feedback_page, similarity_page
from segbook.grading.plan import Plan, declared, read_private, select
from segbook.grading.rehearsal import doubts, rehearse
from segbook.grading.roster import Roster
from segbook.grading.settings import Settings
from segbook.grading.similarity import Answer, Pair, alike, answers, repeated
from segbook.grading.submissions import Submission
from segbook.grading.tables import details, gradebook, gradescope

SIMILARITY = "similarity.html"


def plan_of(settings: Settings, warn: Callable[[str], object] = lambda _: None) -> Plan:
    """Make the plan that was asked for, and try one's own declarations.

    Args:
        settings: What the instructor asks for.
        warn: Is told where a declaration takes a wrong answer for right.

    Raises:
        ValueError: If there is no such exercise, or a declaration is wrong.
    """
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
                warn(doubt)
    return plan


def look(settings: Settings) -> tuple[str, tuple[str, ...]]:
    """Say what would be graded, and what does not fit together; write nothing.

    Raises:
        ValueError: If a file or an option cannot be understood.
        OSError: If a file cannot be read.
    """
    doubtful: list[str] = []
    plan = plan_of(settings, doubtful.append)
    intake = take_in(settings, plan)
    try:
        refuse_others(settings, plan, intake)
    except ValueError as error:
        doubtful.append(f"nothing will be graded: {error}")
    return summary(intake, plan, settings), (*doubtful, *intake.warnings, *on_contents(intake, plan))


def grade_class(settings: Settings, warn: Callable[[str], object] = lambda _: None) -> list[Grade]:
    """Grade, and write everything.

    Args:
        settings: What the instructor asks for.
        warn: Is told, before anybody is graded, what does not fit together.

    Raises:
        SandboxError: If the sandbox does not start; nothing is graded then.
        ValueError: If a file or an option cannot be understood.
        OSError: If a file cannot be read or written.
    """
    plan = plan_of(settings, warn)
    intake = take_in(settings, plan)
    for warning in intake.warnings:
        warn(warning)
    claim(settings, plan, intake)
    folder = settings.out / "submissions"
    if old := outdated(intake.submissions, plan, folder):
        said = f"{old} result is" if old == 1 else f"{old} results are"
        warn(f"the secret, the settings or segbook's version differ from the last run's; {said} made again")
    results = grade_all(intake.submissions, plan, folder, jobs=settings.jobs, scheduler=settings.scheduler)
    grades = combine(
        intake.students,
        results,
        plan,
        counts=settings.counts,
        rules=intake.rules,
        overrides=intake.overrides,
        manual=intake.manual,
    )
    open_totals = _on_totals(grades)
    for warning in open_totals:
        warn(warning)
    write(grades, settings.out, settings.title, roster=intake.roster, warnings=(*intake.warnings, *open_totals))
    (settings.out / SIMILARITY).unlink(missing_ok=True)
    if settings.similarity:
        pairs, copies = compare(grades, intake.submissions, plan)
        write_text(settings.out / SIMILARITY, similarity_page(pairs, settings.title, len(grades), copies))
    return grades


def compare(
    grades: Sequence[Grade], submissions: Sequence[Submission], plan: Plan
) -> tuple[list[Pair], dict[str, list[str]]]:
    """Find pairs of students whose answers that count are more alike than chance explains, and those that are ours.

    Args:
        grades: One for each student; students with the same files, as in a group, are one.
        submissions: All that was handed in.
        plan: How it was graded.

    Returns:
        The pairs; by student, the exercises whose answer repeats the reference.
    """
    files = {one.name: one.file for one in submissions}
    owners: dict[tuple[str, ...], list[str]] = {}
    for grade in grades:
        counting = tuple(mark.submission for mark in grade.marks if not mark.by_hand)
        if any(counting):
            owners.setdefault(counting, []).append(grade.student.name)
    found, copies = dict[str, dict[str, Answer]](), dict[str, list[str]]()
    for place, (counting, names) in enumerate(owners.items(), start=1):
        lines, again = dict[str, Answer](), set[str]()
        for name in {*counting} - {""}:
            wanted = [one for one, file in zip(plan.exercises(), counting, strict=True) if file == name]
            with contextlib.suppress(Unreadable):
                cells = read_cells(files[name].read(MAX_NOTEBOOK))
                lines |= answers(cells, wanted)
                again.update(repeated(cells, wanted))
        called = " with ".join(names)
        called = f"{called} ({place})" if called in found else called
        found[called] = lines
        if again:
            copies[called] = [id for id in plan.ids if id in again]
    return alike(found), copies


def _on_totals(grades: Sequence[Grade]) -> list[str]:
    """Warn of students of whom the instructor decided a part and the grader could not judge the rest."""
    half = [grade for grade in grades if grade.undecided and any(mark.is_decided for mark in grade.marks)]
    if not half:
        return []
    names = [
        f"{one.student.name} ({', '.join(mark.id for mark in one.undecided)}: {one.status})" for one in half[:NAMED]
    ]
    more = f" and {len(half) - NAMED} more" if len(half) > NAMED else ""
    return [f"totals stay empty until you decide all exercises with --overrides: {'; '.join(names)}{more}"]


def write(
    grades: Sequence[Grade], out: Path, title: str, *, roster: Roster | None = None, warnings: Sequence[str] = ()
) -> None:
    """Write tables and pages."""
    write_text(out / "gradebook.csv", gradebook(grades, title, roster))
    write_text(out / "details.csv", details(grades))
    folders = _folders(grades)
    write_text(out / "report.html", class_report(grades, title, warnings, folders))
    pages = [feedback_page(grade, title) for grade in grades]
    for grade, folder, page in zip(grades, folders, pages, strict=True):
        (out / folder).mkdir(parents=True, exist_ok=True)
        write_text(out / folder / "feedback.html", page)
        write_json(out / folder / "results.json", gradescope(grade))
    if folders:
        kept = {Path(folder).name for folder in folders}
        forget_others(out / "students", kept, ("feedback.html", "results.json"))
    write_text(out / "mail.csv", mail_merge(grades, folders))
    archives = {"moodle": moodle_zip(grades, pages, roster), "canvas": canvas_zip(grades, pages)}
    archives["pages"] = None if any(archives.values()) else pages_zip(grades, pages)
    for lms, packed in archives.items():
        (out / f"feedback-{lms}.zip").unlink(missing_ok=True)
        if packed:
            write_bytes(out / f"feedback-{lms}.zip", packed)


def _folders(grades: Sequence[Grade]) -> list[str]:
    """Give each student a folder of his or her own, two of one name and no number included."""
    names = [f"{grade.student.name} {grade.student.key}" for grade in grades]
    several = {name for name, count in Counter(names).items() if count > 1}
    return [
        f"students/{slug(f'{name} {place}' if name in several else name)}" for place, name in enumerate(names, start=1)
    ]
