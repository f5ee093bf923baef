"""What the columns of other people's tables are called: Canvas's, Moodle's in four languages, and hand-made ones.

A column has a *field*, which is what it means; a header is a word for a field. Moodle translates its headers, its
statuses and "Participant" with the teacher's language.
"""

import re
import unicodedata

FIELDS = {
    "name": "student, name, full name, student name, vollständiger name, nom complet, nom, nombre completo",
    "first": "first name, firstname, first, given name, vorname, prénom, nombre",
    "last": "last name, lastname, last, surname, family name, nachname, nom de famille, apellido(s), "
    "apellidos, apellido",
    "id": "id, identifier, identifiant, identificador",
    "email": "email address, email, e-mail, mail, e-mail-adresse, adresse de courriel, courriel, "
    "dirección de correo, dirección de correo electrónico, correo electrónico, correo",
    "key": "key, sis user id, sis login id, integration id, login, login id, username, user name, id number, "
    "student id, student number, anonymous id, anonymousid, id-nummer, matrikelnummer, anmeldename, nutzername, "
    "benutzername, numéro d'identification, nom d'utilisateur, número de id, nombre de usuario",
    "section": "section, sections, group, groups, gruppe, gruppen, groupe, groupes, grupo, grupos",
    "status": "status, statut, estado, estatus",
    "grade": "grade, bewertung, note, calificación",
    "maximum": "maximum grade, bestwertung, note maximale, calificación máxima",
    "submitted": "last modified (submission), zuletzt geändert (abgabe), dernière modification (travail remis), "
    "última modificación (entrega), última modificación (envío), fecha de entrega",
    "time": "time, submitted, submitted at, submission time, deadline, until, extension",
    "file": "file, submission",
    "exercise": "exercise",
    "points": "points",
    "reason": "reason",
}
WHO = ("name", "first", "last", "id", "email", "key")
PARTICIPANT = re.compile(r"(?:participant|participante|teilnehmer(?:/?in)?)[\s_]*(\d+)", re.IGNORECASE)
ANONYMOUS = {"participant", "participante", "teilnehmer", "teilnehmerin", "anonymous"}
LATE = re.compile(
    r"\blate$|später$|zu spät$|verspätet$|^en retard\b|\bde retard$|después$|\bde retraso$|\btarde$", re.IGNORECASE
)
DRAFT = re.compile(r"^(?:draft|entwurf|brouillon|borrador)\b", re.IGNORECASE)
NO_STUDENT = {"points possible", "manual posting", "student, test", "test student"}

_FIELD_OF = {word.strip(): field for field, words in FIELDS.items() for word in words.split(",")}


def field_of(header: str) -> str:
    """Say what a column means; nothing if that is not known.

    >>> field_of("Vollständiger Name"), field_of("SIS Login ID"), field_of("Homework 6 (4711)")
    ('name', 'key', '')
    """
    return _FIELD_OF.get(" ".join(plain(header).casefold().split()), "")


def plain(text: str) -> str:
    r"""Write a text in composed letters, without marks that cannot be seen and with ordinary spaces.

    >>> plain("Zoe\u0308\u00a0N\ufeff") == "Zoë N"
    True
    """
    text = unicodedata.normalize("NFC", text.replace("\ufeff", "").replace("\u200b", ""))
    return text.replace("\u00a0", " ").replace("\u202f", " ").replace("’", "'").strip()


def letters(text: str) -> str:
    r"""Keep a name's letters and digits alone, as Canvas's file names do.

    >>> letters("O'Brien-Lee, Zoe\u0308")
    'obrienleezoë'
    """
    return "".join(letter for letter in plain(text).casefold() if letter.isalnum())
