"""Names of files."""

import re

from segbook.grading.files import slug


def test_names_of_files_are_harmless_and_distinct():
    names = ["../../etc/passwd", "a" * 500, "con", "<script>", "a/b", "a_b", "é", ""]
    slugs = [slug(name) for name in names]
    assert len(set(slugs)) == len(names)
    for one in slugs:
        assert re.fullmatch(r"[A-Za-z0-9._-]{1,100}", one)
        assert ".." not in one or "/" not in one
