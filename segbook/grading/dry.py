"""What a dry run says: whom and what a command would grade, and which files hold nothing to grade."""

from segbook.grading.archives import Unreadable
from segbook.grading.grade import no_answer
from segbook.grading.intake import Intake, said_names
from segbook.grading.notebooks import MAX_NOTEBOOK, read_cells
from segbook.grading.plan import Plan
from segbook.grading.roster import Student
from segbook.grading.settings import Settings
from segbook.grading.times import Late, Lateness, Rules, shown


def summary(intake: Intake, plan: Plan, settings: Settings) -> str:
    """Say what would be graded."""
    students, roster, rules = intake.students, intake.roster, intake.rules
    active = [student for student in students if student.submissions]
    files = sum(len(student.submissions) + len(_beside(student)) for student in active)
    lines = [f"{settings.submissions}: {files} files of {len(active)} students"]
    if roster:
        kind = {"canvas": "Canvas's", "moodle": "Moodle's"}.get(roster.lms, "a list")
        lines.append(f"{roster.table.path}: {kind}, {len(roster.students)} students; header {roster.table.header}")
        lines += [f"  left out: {name}" for name in roster.left_out]
        absent = [student for student in roster.students if not student.submissions]
        lines.append(
            f"  nothing handed in: {said_names(absent, len(absent))}" if absent else "  all handed in something"
        )
    if intake.groups:
        lines.append(
            f"{settings.groups}: {len(intake.groups)} groups, {sum(map(len, intake.groups.values()))} students"
        )
    several = [f"{one.name} ({len(one.submissions)})" for one in active if len(one.submissions) > 1]
    lines += [f"several files: {'; '.join(several)}"] if several else []
    due = shown(rules.deadline) if rules.deadline else "none but the LMS's own"
    lines.append(f"deadline: {due}; {len(rules.extensions)} extensions")
    late = [rules.lateness(student.submissions[-1], student) for student in active]
    said = [_in_time(student, how, rules) for student, how in zip(active, late, strict=True)]
    counts = [f"{said.count(word)} {word}" for word in (*_LATE_WORDS.values(), NO_DEADLINE) if word in said]
    lines.append(f"  last files: {', '.join(counts) or 'none'}")
    lines += [f"    {one.name}: {how}" for one, how in zip(active, late, strict=True) if how.late is Late.YES]
    possible = sum(sum(exercise.points.values()) for exercise in plan.exercises()) + intake.manual.possible
    lines.append(f"exercises: {', '.join(plan.ids)}; {possible:g} points")
    return "\n".join(lines)


def _in_time(student: Student, lateness: Lateness, rules: Rules) -> str:
    """Say whether the last file came in time, or that nothing says by when it had to come."""
    is_due = rules.deadline or student in rules.extensions or student.submissions[-1].owner.late is not None
    return _LATE_WORDS[lateness.late] if is_due else NO_DEADLINE


NO_DEADLINE = "without a deadline"
_LATE_WORDS = {Late.NO: "on time", Late.YES: "late", Late.UNKNOWN: "of unknown time"}


def on_contents(intake: Intake, plan: Plan) -> list[str]:
    """Say in which files there is nothing to grade, as far as reading tells; nothing of them runs."""
    warnings = []
    for one in intake.submissions:
        if not one.file.problem:  # else that is known already
            try:
                cells = read_cells(one.file.read(MAX_NOTEBOOK))
                text = "\n".join(cells)
                named = any(exercise.name in text or exercise.id in text for exercise in plan.exercises())
                reason = "" if named else no_answer(cells)
            except Unreadable as error:
                reason = str(error)
            if reason:
                warnings.append(f"nothing to grade in {one.name}: {reason}")
    return warnings


def _beside(student: Student) -> set[str]:
    return {name for one in student.submissions for name in one.beside}
