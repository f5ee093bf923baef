"""What the tests of live figures share."""

import pytest
from visit import Visit


@pytest.fixture(scope="module")
def visit(request, chromium):
    """The page that the module calls CHAPTER, opened once for all tests of its figure, which each draw it `fresh`."""
    with Visit(chromium, request.module.CHAPTER) as visit:
        yield visit
