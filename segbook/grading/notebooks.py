"""Read the code cells of a submitted notebook, whatever it is.

Only sources are kept: outputs, which a student can write by hand, are never looked at. A notebook is JSON; it is not
checked against nbformat's schema, which asks for metadata that nobody here needs and students' tools lose.
"""

import codecs
import json
from typing import Any

from segbook.grading.archives import Unreadable

MAX_NOTEBOOK = 20 << 20  # bytes; pictures in outputs take most of them
MAX_SOURCE = 2 << 20  # characters of code
MAX_CELLS = 5000


def read_cells(data: bytes) -> list[str]:
    """Read the sources of the code cells, in order.

    Raises:
        Unreadable: If this is empty, no notebook of format 3 or 4 for Python, or too large.
    """
    if len(data) > MAX_NOTEBOOK:
        raise Unreadable(f"{len(data):,} bytes; {MAX_NOTEBOOK:,} at most")
    if not data.strip():
        raise Unreadable("an empty file: the upload failed, or it was never saved")
    text = _text(data)
    try:
        notebook = json.loads(text)
        if not isinstance(notebook, dict):
            raise Unreadable("it holds no cells, so it is no notebook")
        version = notebook.get("nbformat")
        if version == 3:
            notebook = _converted(text)
    except RecursionError:
        raise Unreadable("nested too deeply") from None
    except Unreadable:
        raise
    except ValueError:
        raise Unreadable(_what_it_is(text, len(data))) from None
    except Exception as error:  # a file may break nbformat in ways it does not know
        raise Unreadable(f"not a notebook: {type(error).__name__}") from None
    if version not in (3, 4):
        raise Unreadable(f"notebook format {str(version)[:20]}; 3 and 4 can be read")
    cells = notebook.get("cells")
    if not isinstance(cells, list) or len(cells) > MAX_CELLS:
        raise Unreadable(
            "it holds no cells, so it is no notebook"
            if not isinstance(cells, list)
            else f"{len(cells)} cells; {MAX_CELLS} at most"
        )
    language = _language(notebook.get("metadata"))
    if "python" not in language.lower():
        raise Unreadable(f"a notebook for {language}; Python's can be graded")
    sources = [_source(cell) for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"]
    if not sources:
        raise Unreadable("no code cells")
    size = sum(map(len, sources))
    if size > MAX_SOURCE:
        raise Unreadable(f"{size:,} characters of code; {MAX_SOURCE:,} at most")
    return sources


def _text(data: bytes) -> str:
    """Decode a notebook: UTF-8, or UTF-16 as some of Windows' programs save."""
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in data[:2]
    code = "utf-8-sig"
    if wide:
        code = "utf-16" if data[0] > 0xF0 else "utf-16-be" if data[0] == 0 else "utf-16-le"
    try:
        return data.decode(code)
    except UnicodeDecodeError as error:
        said = f"byte {data[error.start]:#04x} at {error.start:,} is not {code[:6].upper().rstrip('-')}"
        raise Unreadable(f"its letters cannot be read ({said}): another program saved it") from None


def _what_it_is(text: str, size: int) -> str:
    """Say what a file is that is no JSON, and so no notebook."""
    text = text.strip()
    if text.startswith("<"):
        first = "".join(letter for letter in text[:15] if letter.isprintable())
        return f'it begins with "{first}": a web page, perhaps that of a login, in place of the notebook'
    if "\n<<<<<<<" in text:
        return 'it holds "<<<<<<<": two versions that git joined and nobody chose from'
    if text.startswith("{") and not text.endswith("}"):
        return f"the file breaks off at byte {size:,}: it was not saved or loaded to its end"
    return "not JSON, so not a notebook"


def _converted(text: str) -> dict[str, Any]:
    """Turn a notebook of format 3 into one of format 4."""
    import nbformat  # a second to load, and hardly anybody hands in format 3

    return nbformat.convert(nbformat.reader.reads(text), 4)


def _language(metadata: object) -> str:
    """The language that a notebook's metadata name, as far as they do; Spark's kernel is a Python of another name."""
    named = []
    for place, word in (("language_info", "name"), ("kernelspec", "language")):
        match metadata:
            case {**parts} if isinstance(inner := parts.get(place), dict) and isinstance(said := inner.get(word), str):
                named.append("".join(letter for letter in said[:40] if letter.isprintable()) or "python")
    return next((one for one in named if "python" in one.lower()), named[0] if named else "python")


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    # A lone surrogate is no text that Python could read.
    return source.encode("utf-8", "replace").decode("utf-8") if isinstance(source, str) else ""
