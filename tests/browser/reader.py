"""What a reader of a page of exercises does, for the tests of the editor in either browser."""

import functools
import http.server
import re
import threading
from contextlib import contextmanager

from visit import HTML

from segbook.exercises import get
from segbook.exercises.source import definition

PAGES = {int(page.stem[:2]): f"book/exercises/{page.name}" for page in sorted(HTML.glob("book/exercises/*.html"))}
FILES = HTML / "_static/page_python"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextmanager
def served(folder=HTML):
    """Serve the built pages, or what lies in another folder, and nothing else; yield the address."""
    handler = functools.partial(_Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def answers(id, mistakes):
    """Yield (source, the function) of an exercise's reference and of its first misconceptions; all, if None."""
    one = get(id)
    yield definition(one.solution) + "\n", one.solution
    for n, wrong in enumerate(one.misconceptions[:mistakes]):
        source = f"from segbook.exercises import get\n\n{one.name} = get('{id}').misconceptions[{n}].answer\n"
        yield source, wrong.answer


def in_page(text):
    """What check says, as the page says it: it has a button for the solution and no number of the attempt."""
    return re.sub(r"Attempt .*", "", re.sub(r'solution\("[\d.]+"\) shows', "the button Solution shows", text))
