"""Pages from which nothing can be loaded or run, whatever was handed in."""

from html.parser import HTMLParser

import pytest
from classroom import WRONG, grade, hand_in

from segbook.exercises import get


class Strict(HTMLParser):
    """Collect what a page could load or run."""

    def __init__(self):
        super().__init__()
        self.danger = []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag in ("script", "iframe", "object", "embed", "link", "base", "form", "a"):
            self.danger.append(tag)
        if tag == "img" and not values.get("src", "").startswith("data:image/png;base64,"):
            self.danger.append(values)
        self.danger += [name for name in values if name.startswith("on")]


@pytest.mark.usefixtures("sandbox")
def test_pages_can_load_and_run_nothing(tmp_path):
    evil = get("6.3").name
    body = f"def {evil}(*a, **k):\n    raise type('<b onclick=x>', (Exception,), {{}})('<img src=x onerror=alert(1)>')"
    root = hand_in(tmp_path / "in", **{"<img src=x onerror=alert(1)>.ipynb": (body,), "ada.ipynb": (WRONG,)})
    out = grade(root, tmp_path / "out", "--title", "<script>x</script>")
    for page in [*out.glob("students/*/feedback.html"), out / "report.html"]:
        parser = Strict()
        parser.feed(page.read_text("utf-8"))
        assert parser.danger == []
        assert "default-src 'none'" in page.read_text("utf-8")
