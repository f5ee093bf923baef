"""The right person, once: each LMS and language, and what becomes of work that is unmatched, late, doubled or anonymous."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from broken import GOOD, archive
from classroom import ROOT, grade, hand_in

from segbook.grading.grades import combine
from segbook.grading.intake import take_in
from segbook.grading.overrides import Override
from segbook.grading.plan import Plan
from segbook.grading.settings import Settings
from segbook.grading.tables import gradebook
from segbook.grading.times import Late

GUIDE = (ROOT / "book/instructors.md").read_text("utf-8")
CANVAS = "Student,ID,SIS User ID,SIS Login ID,Integration ID,Section,Week 6 (77)\n"
ROWS_ABOVE = ',,,,,,Manual Posting\n"    Points Possible",,,,,,20\n'
MOODLE = {
    "en": (
        "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,Last modified (submission),"
        "Last modified (grade),Feedback comments",
        "Participant {}",
        "Friday, 1 May 2026, {}:00 PM",
        "Submitted for grading - {}",
        "2 hours late - ",
    ),
    "de": (
        "ID,Vollständiger Name,E-Mail-Adresse,Status,Bewertung,Bestwertung,Bewertung kann geändert werden,"
        "Zuletzt geändert (Abgabe),Zuletzt geändert (Bewertung),Feedback als Kommentar",
        "Teilnehmer/in{}",
        "Freitag, 1. Mai 2026, 2{}:00",
        "Zur Bewertung abgegeben - {}",
        "2 Stunden später - ",
    ),
    "fr": (
        "Identifiant,Nom complet,Adresse de courriel,Statut,Note,Note maximale,La note peut être modifiée,"
        "Dernière modification (travail remis),Dernière modification (note),Feedback par commentaires",
        "Participant {}",
        "vendredi 1 mai 2026, 2{}:00",
        "Remis pour évaluation - {}",
        "En retard de 2 heures - ",
    ),
    "es": (
        "Identificador,Nombre completo,Dirección de correo,Estado,Calificación,Calificación máxima,"
        "La calificación puede ser cambiada,Última modificación (entrega),Última modificación (calificación),"
        "Comentarios de retroalimentación",
        "Participante {}",
        "viernes, 1 de mayo de 2026, 2{}:00",
        "Enviado para calificar - {}",
        "2 horas después - ",
    ),
}


def row(*cells):
    return ",".join(f'"{cell}"' for cell in cells) + "\n"


def canvas(*people):
    """A Canvas export of (number, name, late, section)."""
    return (
        CANVAS
        + ROWS_ABOVE
        + "".join(
            row(", ".join(reversed(name.split())), number, f"sis{number}", f"{number}@x", "", section, "")
            for number, name, _, section in people
        )
        + row("Student, Test", "99", "", "abc", "", "A", "")
    )


def moodle(language, *people):
    """A worksheet of (number, name, late, group) in a language."""
    header, identifier, time, status, late = MOODLE[language]
    return f"{header}\n" + "".join(
        row(
            identifier.format(number), name, f"{number}@x", status.format(late if is_late else ""), "", "20,00", "Yes",
            time.format(3 if is_late else 1) if language != "en" else time.format(11 if is_late else 9), "-", "- see me",
        )
        for number, name, is_late, _ in people
    )  # fmt: skip


def by_hand(*people):
    return "Name;Matrikelnummer;Group\n" + "".join(f"{name};{number};{group}\n" for number, name, _, group in people)


def canvas_name(number, name, late, is_masked, place):
    who = ("LATE_" if late else "") + f"anon_{number}x" if is_masked else None
    plain = "".join(letter for letter in "".join(reversed(name.lower().split())) if letter.isalnum() or letter == "_")
    return f"{who or plain + ('_LATE' if late else '') + '_' + number}_{98100 + place}_hw.ipynb"


def moodle_name(word, number, name, late, is_masked, place):
    return f"{word if is_masked else name}_{number}_assignsubmission_file/hw-{place}.ipynb"


def plain_name(number, name, late, is_masked, place):
    return f"{number if is_masked else name}/hw-{place}.ipynb"


SYSTEMS = {"Canvas": (canvas, canvas_name), "list": (by_hand, plain_name)} | {
    f"Moodle {language}": (
        partial(moodle, language),
        partial(moodle_name, word),
    )
    for language, word in {"en": "Participant", "de": "Teilnehmerin", "fr": "Participant", "es": "Participante"}.items()
}
CLASS = [("4211", "Ada Lovelace"), ("4212", "Grace Hopper"), ("4213", "Zoë O_Neill"), ("4214", "Emmy Noether")]
OUTCOMES = {
    ("unmatched", "Canvas"): "listed",
    ("unmatched", "Moodle"): "listed",
    ("unmatched", "list"): "listed",
    ("late", "Canvas"): "late",
    ("late", "Moodle"): "late by 1 h",
    ("late", "list"): "unknown",
    ("duplicate", "Canvas"): "once",
    ("duplicate", "Moodle"): "once",
    ("duplicate", "list"): "once",
    ("anonymous", "Canvas"): "stops",
    ("anonymous", "Moodle"): "by number",
    ("anonymous", "list"): "by number",
}


def take(tmp_path, roster, files, **more):
    for name in files:
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(GOOD)
    if roster is not None:
        (tmp_path / "roster.csv").write_bytes(roster if isinstance(roster, bytes) else roster.encode())
        more["roster"] = tmp_path / "roster.csv"
    settings = Settings(tmp_path / "in", tmp_path / "out", "s", zone=UTC, **more)
    return take_in(settings, Plan("s", ("6.1", "6.3")))


def outcome(tmp_path, system, situation):
    """Let one of a class of four meet a situation, and say in a word what became of it."""
    table, name = SYSTEMS[system]
    people = [(number, who, situation == "late" and number == "4212", "A") for number, who in CLASS]
    roster = table(*people, *([("4212", "Grace Hopper", False, "B")] if situation == "duplicate" else []))
    files = [name(*person[:3], situation == "anonymous", place) for place, person in enumerate(people)]
    if situation == "unmatched":
        files.append(name("9999", "Mal Lory", False, False, 9))
    try:
        intake = take(tmp_path, roster, files, deadline=datetime(2026, 5, 1, 22, tzinfo=UTC), title="Week 6 (77)")
    except ValueError as error:
        return "stops" if "does not fit: 4 of the 4 students" in str(error) else str(error)
    students = {one.name: one for one in intake.students}
    grace = students.get("Hopper, Grace") or students["Grace Hopper"]
    assert all(len(one.submissions) == 1 for one in intake.students)
    lateness = intake.rules.lateness(grace.submissions[0], grace)
    if situation == "unmatched":
        stranger = intake.students[-1]
        assert stranger.note or any("9999" in stranger.key or "Mal" in stranger.key for _ in "x")
        assert not stranger.listed
        assert any("not on the roster" in warning and stranger.name in warning for warning in intake.warnings)
        return "listed"
    if situation == "late":
        if lateness.late is Late.UNKNOWN:
            assert any("unknown whether late" in warning for warning in intake.warnings)
            return "unknown"
        return f"late by {int(lateness.by / timedelta(hours=1))} h" if lateness.by else "late"
    assert all(one.listed for one in intake.students)
    if situation == "duplicate":
        assert len(grace.rows) == 2
        return "once"
    return "by number"


@pytest.mark.parametrize("situation", ["unmatched", "late", "duplicate", "anonymous"])
@pytest.mark.parametrize("system", SYSTEMS)
def test_each_system_and_language_meets_each_situation(tmp_path, system, situation):
    assert outcome(tmp_path, system, situation) == OUTCOMES[situation, system.split()[0]]


@pytest.mark.parametrize("situation", ["unmatched", "late", "duplicate", "anonymous"])
def test_the_instructors_guide_says_what_happens(situation):
    line = next(line for line in GUIDE.splitlines() if line.startswith(f"| {situation}"))
    words = {"listed": "listed", "late": "LATE", "late by 1 h": "worksheet", "unknown": "unknown", "once": "once",
             "stops": "stops", "by number": "number"}  # fmt: skip
    for system, cell in zip(("Canvas", "Moodle", "list"), line.split("|")[2:], strict=False):
        assert words[OUTCOMES[situation, system]] in cell, (system, cell)


@pytest.mark.parametrize(
    ("roster", "files", "nobody", "why"),
    [
        (  # a number of one, a name of another
            canvas(("4211", "Ada Lovelace", 0, "A"), ("4212", "Grace Hopper", 0, "A"), ("4213", "Emmy Noether", 0, "A")),
            ["lovelaceada_4212_98100_hw.ipynb", "noetheremmy_4213_98101_hw.ipynb"],
            "lovelaceada",
            "number 4212 is Hopper, Grace's, the name Lovelace, Ada's",
        ),
        (  # the number of another person of that name
            canvas(("4211", "Ada Lovelace", 0, "A"), ("4213", "Emmy Noether", 0, "A")),
            ["lovelaceada_5000_98100_hw.ipynb", "noetheremmy_4213_98101_hw.ipynb"],
            "lovelaceada",
            "has the number 4211 on the roster and 5000 here",
        ),
        (  # a number that two have
            canvas(("4211", "Ada Lovelace", 0, "A"), ("4211", "Grace Hopper", 0, "A"), ("4213", "Emmy Noether", 0, "A")),
            ["lovelaceada_4211_98100_hw.ipynb", "noetheremmy_4213_98101_hw.ipynb"],
            "lovelaceada",
            "several students on the roster have the number 4211",
        ),
        (  # an id of one is called as another
            "name;id\nAda;4211\nBob;Ada\nCy;3\n",
            ["Ada.ipynb", "Cy.ipynb"],
            "Ada",
            "'Ada' is an id of Bob and a name of Ada",
        ),
        (  # two of one name, whom Moodle tells apart and a list does not
            "name\nAda Lovelace\nEmmy Noether\nGrace Hopper\n",
            [
                *(f"Ada Lovelace_{n}_assignsubmission_file/hw.ipynb" for n in (7, 8)),
                *(f"{name}_{n}_assignsubmission_file/h.ipynb" for n, name in ((5, "Emmy Noether"), (6, "Grace Hopper"))),
            ],
            "Ada Lovelace",
            "2 students are called Ada Lovelace, and the roster has one",
        ),
        (  # Moodle's number is somebody's student number
            "name;id\nAda Lovelace;4211\nGrace Hopper;4212\n",
            [f"{name}_{n}_assignsubmission_file/hw.ipynb" for n, name in ((4211, "Grace Hopper"), (4299, "Ada Lovelace"))],
            "Grace Hopper",
            "number 4211 is Ada Lovelace's, the name Grace Hopper's",
        ),
    ],
)  # fmt: skip
def test_nobody_is_credited_on_a_collision(tmp_path, roster, files, nobody, why):
    intake = take(tmp_path, roster, files)
    listed = [one.name for one in intake.students if one.listed and one.submissions]
    assert nobody not in listed
    strangers = [one for one in intake.students if not one.listed and one.note]
    assert {one.name for one in strangers} == {nobody}
    assert why in strangers[0].note
    assert any(why in warning for warning in intake.warnings)


def test_numbers_of_another_system_are_not_looked_at(tmp_path):
    roster = canvas(("4211", "Ada Lovelace", 0, "A"), ("4212", "Grace Hopper", 0, "A"))
    files = [
        f"{name}_{n}_assignsubmission_file/hw.ipynb" for n, name in ((4212, "Ada Lovelace"), (4211, "Grace Hopper"))
    ]
    intake = take(tmp_path, roster, files)
    assert {one.name: one.submissions[0].owner.label for one in intake.students} == {
        "Lovelace, Ada": "Ada Lovelace", "Hopper, Grace": "Grace Hopper",
    }  # fmt: skip


def test_another_classs_roster_stops_and_shows_what_it_holds(tmp_path):
    with pytest.raises(ValueError, match=r"roster\.csv does not fit: 2 of the 3") as caught:
        take(tmp_path, "Name;Matrikelnummer\nAda;1\nEve;2\n", ["ada.ipynb", "bob.ipynb", "cy.ipynb"])
    for phrase in ("bob (bob)", "'Name | Matrikelnummer'", "'Ada' with '1'", "names or ids as the files have them"):
        assert phrase in str(caught.value)


def test_names_are_the_same_however_their_letters_are_composed(tmp_path):
    intake = take(tmp_path, "Vorname;Name\nZoe\u0308;O\u2019Neill\n", ["o'neillzoë_4211_98100_hw.ipynb"])
    assert [(one.name, len(one.submissions)) for one in intake.students] == [("Zoë O'Neill", 1)]


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("LastName,FirstName,ID,SIS User ID,Section", ("Lovelace", "Ada", "4211", "s", "A")),
        ("Nombre,Apellido(s),Dirección de correo", ("Ada", "Lovelace", "al@x")),
        ("Prénom,Nom,Adresse de courriel", ("Ada", "Lovelace", "al@x")),
        ("Vorname,Nachname,E-Mail-Adresse", ("Ada", "Lovelace", "al@x")),
        ("Vorname,Name", ("Ada", "Lovelace")),
        ("Student,ID,Section", ("Ada Lovelace", "4211", "A")),
    ],
)
def test_names_come_in_one_column_or_two(tmp_path, header, cells):
    intake = take(tmp_path, f"{header}\n{row(*cells)}", ["lovelaceada_4211_98100_hw.ipynb"])
    assert [(one.name, len(one.submissions)) for one in intake.students] == [("Ada Lovelace", 1)]


def test_rows_of_canvas_that_are_no_student_are_left_out(tmp_path):
    roster = take(tmp_path, canvas(("4211", "Ada Lovelace", 0, "A")), ["lovelaceada_4211_98100_hw.ipynb"]).roster
    assert [one.name for one in roster.students] == ["Lovelace, Ada"]
    assert roster.left_out == ["Manual Posting", "Points Possible", "Student, Test"]


def test_the_last_is_that_of_the_greatest_number_or_the_latest_time(tmp_path):
    names = ["adalo_4211_99999_hw.ipynb", "adalo_4211_100000_hw-1.ipynb"]
    assert [one.name for one in take(tmp_path / "a", None, names).submissions] == names
    masked = ["anon_aB3x9_99999_hw.ipynb", "LATE_anon_aB3x9_100000_hw.ipynb"]
    assert [one.name for one in take(tmp_path / "c", None, masked).submissions] == masked
    plain = ["ada/hw 10.ipynb", "ada/hw 9.ipynb"]
    intake = take(tmp_path / "b", None, plain)
    assert [one.name for one in intake.submissions] == plain[::-1]
    assert any("the last by name: ada" in warning for warning in intake.warnings)
    (tmp_path / "t.csv").write_text(
        "student;file;time\nada;hw 10.ipynb;2026-05-01 10:00\nada;hw 9.ipynb;2026-05-02 9:00\n"
    )
    timed = take(tmp_path / "b", None, plain, times=str(tmp_path / "t.csv"), deadline=datetime(2026, 5, 2, tzinfo=UTC))
    assert [one.name for one in timed.submissions] == plain
    assert [timed.rules.lateness(one, timed.students[0]).late for one in timed.submissions] == [Late.NO, Late.YES]
    (tmp_path / "t.csv").write_text("student;file;time\nada;hw 9.ipynb;5/2/2026\n")
    vague = take(tmp_path / "b", None, plain, times=str(tmp_path / "t.csv"))
    assert any("1 times are not understood, such as '5/2/2026'" in warning for warning in vague.warnings)


def test_moodles_extensions_and_drafts_are_read_from_the_status(tmp_path):
    header, identifier, time, _, _ = MOODLE["en"]
    statuses = (
        "Submitted for grading - Extension granted until: Saturday, 2 May 2026, 10:00 PM - ",
        "Draft (not submitted) - ",
    )
    lines = [
        row(identifier.format(place), name, "", status, "", "5.00", "Yes", time.format(11), "-", "")
        for place, (name, status) in enumerate(zip(("Ada Lovelace", "Bob Cy"), statuses, strict=True))
    ]
    files = [f"{name}_{place}_assignsubmission_file/x.ipynb" for place, name in enumerate(("Ada Lovelace", "Bob Cy"))]
    intake = take(tmp_path, f"{header}\n{''.join(lines)}", files, deadline=datetime(2026, 5, 1, 22, tzinfo=UTC))
    assert [intake.rules.lateness(one.submissions[0], one).late for one in intake.students] == [Late.NO, Late.YES]
    assert any("only drafts, by the worksheet: Bob Cy" in warning for warning in intake.warnings)
    assert any(
        "allows 5 points and the exercises are worth 8: raise the maximum" in warning for warning in intake.warnings
    )


@pytest.mark.parametrize("language", MOODLE)
def test_without_a_deadline_moodles_status_says_who_is_late(tmp_path, language):
    people = [("4211", "Ada Lovelace", True, ""), ("4212", "Grace Hopper", False, "")]
    files = [f"{name}_{number}_assignsubmission_file/hw.ipynb" for number, name, _, _ in people]
    intake = take(tmp_path, moodle(language, *people), files)
    assert [intake.rules.lateness(one.submissions[0], one).late for one in intake.students] == [Late.YES, Late.NO]


@pytest.mark.parametrize("name", ["Ana van der Berg", "van der Berg, Ana"])
def test_a_family_name_of_several_words_is_found(tmp_path, name):
    roster = f'Name\n"{name}"\n'
    assert [len(one.submissions) for one in take(tmp_path, roster, ["vanderbergana_4211_98100_hw.ipynb"]).students] == [
        1
    ]


def test_extensions_of_ones_own_come_from_a_table(tmp_path):
    (tmp_path / "e.csv").write_text("Name,Deadline\nada,2026-05-03\n")
    (tmp_path / "t.csv").write_text("Name,Submitted\nada,2026-05-03 12:00\nbob,2026-05-03 12:00\n")
    more = {"times": str(tmp_path / "t.csv"), "deadline": datetime(2026, 5, 1, tzinfo=UTC)}
    intake = take(tmp_path, None, ["ada.ipynb", "bob.ipynb"], extensions=tmp_path / "e.csv", **more)
    grades = combine(intake.students, {}, Plan("s", ("6.1",)), rules=intake.rules)
    assert [one.student.name for one in grades] == ["ada", "bob"]
    assert [intake.rules.lateness(one.submissions[0], one).late for one in intake.students] == [Late.NO, Late.YES]
    for name, text, phrase in (
        ("e.csv", "Name,Deadline\nada,soon\n", "line 2: 'soon' is no time such as 2026-05-03"),
        ("e.csv", "Name,Deadline\neve,2026-05-03\n", "line 2: there is no one student 'eve'"),
        ("t.csv", "Name,Submitted\neve,2026-05-03\n", "line 2: there is no one student 'eve'"),
        ("t.csv", "Name,Day\nada,2026-05-03\n", "no column of 'Name | Day' is a time; call it Time"),
    ):
        (tmp_path / name).write_text(text)
        with pytest.raises(ValueError, match=re.escape(phrase)):
            take(tmp_path, None, ["ada.ipynb"], extensions=tmp_path / "e.csv", **more)
        (tmp_path / "e.csv").write_text("Name,Deadline\nada,2026-05-03\n")


@pytest.mark.parametrize("within", ["", "class/", "Uni/Week 6/"])
@pytest.mark.parametrize("is_archive", [False, True])
@pytest.mark.parametrize("files", [("{}/hw.ipynb",), ("{}.ipynb",), ("{}/hw.ipynb", "{}/data.png")])
def test_a_zipped_folder_of_students_is_students(tmp_path, within, is_archive, files):
    members = [(within + file.format(name), GOOD) for name in ("ada", "bob") for file in files]
    if not is_archive and not within and files == ("{}.ipynb",):
        members = [(f"class/{name}", data) for name, data in members]
    hand_in(tmp_path / "in", **{"all.zip": archive(*members)})
    root = tmp_path / "in/all.zip" if is_archive else tmp_path / "in"
    intake = take_in(Settings(root, tmp_path / "out", "s"), Plan("s", ("6.1",)))
    assert [one.name for one in intake.students] == ["ada", "bob"]


def test_a_dry_run_says_everything_and_writes_nothing(tmp_path, capsys):
    people = [("4211", "Ada Lovelace", 0, "A"), ("4212", "Grace Hopper", 0, "A"), ("4213", "Emmy Noether", 0, "A")]
    (tmp_path / "roster.csv").write_text(canvas(*people).replace(",20\n", ",5\n"), "utf-8")
    names = ["lovelaceada_4211_98100_hw.ipynb", "hoppergrace_LATE_4212_98101_hw.ipynb", "lorymal_4299_98102_hw.ipynb"]
    root = hand_in(tmp_path / "in", **dict.fromkeys(names, GOOD), **{"noetheremmy_4213_link.html": b"x"})
    more = ("--roster", tmp_path / "roster.csv", "--dry-run", "--deadline", "2026-05-01", "--zone", "Europe/Berlin")
    grade(root, tmp_path / "out", *more, "--penalty", "10/day")
    said = capsys.readouterr().out
    for phrase in (
        "4 files of 4 students",
        "Canvas's, 3 students; header Student | ID",
        "left out: Student, Test",
        "deadline: Fri 01 May 2026 23:59:59 CEST (UTC+02:00)",
        "3 on time, 1 late\n",
        "Hopper, Grace: yes",
        "exercises: 6.1, 6.3; 8 points",
        "warning: not on the roster, so not in gradebook.csv: lorymal",
        "warning: nothing to grade of Noether, Emmy: a link and no notebook",
        "warning: --deadline does not count for 4 students: Canvas's names say LATE by Canvas's due date",
        "warning: late by an unknown time, so without a penalty: Hopper, Grace",
        "warning: Canvas has no column 'Exercises' in this export",
        "Nothing was graded or written.",
    ):
        assert phrase in said, phrase
    assert not (tmp_path / "out").exists()
    grade(root, tmp_path / "out", *more, "--title", "Week 6 (77)")
    assert "allows 5 points and the exercises are worth 8" in capsys.readouterr().out
    for option, wrong in (("--deadline", "soon"), ("--zone", "Mars"), ("--grace", "long"), ("--penalty", "lots")):
        grade(root, tmp_path / "out", option, wrong, status=2)
        assert repr(wrong) in capsys.readouterr().err


@pytest.mark.parametrize("language", MOODLE)
def test_a_worksheet_goes_back_as_it_came_but_for_its_grades(tmp_path, language):
    people = [("4211", "Ada Lovelace", 0, ""), ("4212", "Grace =Hopper", 0, "")]
    text = moodle(language, *people)
    separator = "," if language == "en" else ";"
    text = text.replace('","', f'"{separator}"').replace(
        text.partition("\n")[0], text.partition("\n")[0].replace(",", separator)
    )
    intake = take(tmp_path, "\ufeff" + text, ["Ada Lovelace_4211_assignsubmission_file/hw.ipynb"])
    ada = intake.students[0]
    grades = combine(intake.students, {}, Plan("s", ("6.1",)), overrides={(ada, "6.1"): Override(3.5, "kind")})
    written = gradebook(grades, "Week 6", intake.roster)
    assert written.startswith("\ufeff")
    before, after = (list(csv.reader(io.StringIO(one), delimiter=separator)) for one in (text, written[1:]))
    assert (after[1].pop(4), before[1].pop(4)) == ("3.5", "")
    assert after == before


@pytest.mark.parametrize(
    ("status", "late", "warned"),
    [
        ("Zur Bewertung abgegeben - 2 Stunden 5 Minuten zu spät -  - ", Late.YES, ""),
        ("Zur Bewertung abgegeben - 1 Tag später - ", Late.YES, ""),
        ("Nicht abgegeben - Aufgabe ist überfällig seit: 2 Tage - Nicht bewertet - ", Late.NO, ""),
        ("Zur Bewertung abgegeben - Verlängerung bis: Samstag, 2. Mai 2026, 22:00 - ", Late.NO, ""),
        ("Consegnato - 2 ore di troppo - Valutato - ", Late.NO, "'2 ore di troppo' (Ada Lovelace)"),
        ("Consegnato - Proroga: sabato, 2 maggio 2026, 22:00 - ", Late.NO, "'Proroga: sabato, 2 maggio 2026, 22:00'"),
    ],
)
def test_a_status_that_may_tell_of_time_is_understood_or_named(tmp_path, status, late, warned):
    header, identifier, *_ = MOODLE["de"]
    line = row(identifier.format(4211), "Ada Lovelace", "", status, "", "8,00", "Ja", "-", "-", "")
    intake = take(tmp_path, f"{header}\n{line}", ["Ada Lovelace_4211_assignsubmission_file/x.ipynb"])
    assert intake.rules.lateness(intake.students[0].submissions[0], intake.students[0]).late is late
    warnings = [warning for warning in intake.warnings if warning.startswith("status not understood: ")]
    assert len(warnings) == bool(warned)
    assert warned in "".join(warnings)


def test_of_many_statuses_that_are_not_understood_a_few_are_named(tmp_path):
    header, identifier, *_ = MOODLE["de"]
    lines = [
        row(identifier.format(number), f"Ada {number}", "", f"Ok - {number} ore dopo - ", "", "8,00", "", "", "", "")
        for number in range(20, 25)
    ]
    intake = take(tmp_path, f"{header}\n{''.join(lines)}", ["Ada 20_20_assignsubmission_file/x.ipynb"])
    (warning,) = [one for one in intake.warnings if one.startswith("status not understood")]
    assert "'22 ore dopo' (Ada 22) and 2 more" in warning
    assert "(Ada 23)" not in warning


TABLES = {
    "overrides": "student,exercise,points\n{0},6.1,1\n{0},6.3,1\n{1},6.1,2\n",
    "manual": "student,Plot (5)\n{0},1\n{1},2\n",
    "extensions": "student,deadline\n{0},2026-05-03\n{1},2026-05-04\n",
}


@pytest.mark.parametrize("option", TABLES)
def test_two_rows_that_decide_the_same_are_refused_with_both_lines(tmp_path, option):
    path = tmp_path / f"{option}.csv"
    path.write_text(TABLES[option].format("Ada Lovelace", 4211))
    lines = (2, 4 if option == "overrides" else 3)
    with pytest.raises(
        ValueError, match=rf"{option}\.csv, line {lines[1]}: Ada Lovelace.* stands in line {lines[0]}, "
    ):
        take(tmp_path, "Name,ID\nAda Lovelace,4211\n", ["4211.ipynb"], **{option: path})


@pytest.mark.parametrize("language", MOODLE)
def test_one_of_two_students_of_one_name_is_named_by_the_id_as_it_stands(tmp_path, language):
    people = [(number, "Anna Schmidt", False, "") for number in ("771001", "771040")]
    files = [f"Anna Schmidt_{number}_assignsubmission_file/x.ipynb" for number, *_ in people]
    identifier = MOODLE[language][1]
    path = tmp_path / "o.csv"
    for word in (identifier.format(771040), "771040"):
        path.write_text(f"student,exercise,points\n{word},6.1,1\n", "utf-8")
        decided = take(tmp_path, moodle(language, *people), files, overrides=path).overrides
        assert [(student.key, id) for student, id in decided] == [("771040", "6.1")]
    path.write_text("student,exercise,points\nAnna Schmidt,6.1,1\n", "utf-8")
    said = "o.csv, line 2: two students are called Anna Schmidt: 771001, 771040; write the number"
    with pytest.raises(ValueError, match=said):
        take(tmp_path, moodle(language, *people), files, overrides=path)


def test_a_row_that_names_two_people_is_refused(tmp_path):
    path = tmp_path / "o.csv"
    path.write_text("student,id,exercise,points\nAda,2,6.1,1\n")
    with pytest.raises(ValueError, match=r"line 2: these are several students: Ada \(1\); Bob \(2\)"):
        take(tmp_path, "name,id\nAda,1\nBob,2\n", ["Ada.ipynb"], overrides=path)
