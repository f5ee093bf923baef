"""What tests in several folders share."""

import os

import chromium as browsers
import pytest

collect_ignore = ["cases/library"]  # scripts that print verdicts as they run: no modules to look for doctests in
collect_ignore_glob = ["grading/saved/*.ipynb"]  # handed in by learners: no notebooks to execute and compare


@pytest.fixture(scope="session")
def chromium():
    """A headless Chromium, the machine's own; without one the tests that need it are skipped (never in CI)."""
    from playwright.sync_api import sync_playwright

    path = browsers.find()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(f"CI skips nothing: {browsers.MISSING}")
        pytest.skip(browsers.MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=browsers.FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site():
    """The address of a server of the built pages."""
    from reader import served

    with served() as address:
        yield address


@pytest.fixture(scope="module")
def visit(request, chromium):
    """The page that the module calls CHAPTER, opened once for all tests of its figure, which each draw it `fresh`."""
    from visit import Visit  # only the tests of pages need it

    with Visit(chromium, request.module.CHAPTER) as visit:
        yield visit
