"""Without npm's packages formulas are left to the reader's browser, and the build says so; in CI it stops."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from sphinx.errors import ExtensionError

sys.path.append(str(Path(__file__).parents[2] / "book/_ext"))

import formulas


def test_without_npm_the_browser_sets_formulas_but_not_in_ci(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(formulas, "KATEX", tmp_path / "none")
    monkeypatch.delenv("CI", raising=False)
    config = SimpleNamespace(html_math_renderer=None)
    formulas._configure(None, config)
    assert config.html_math_renderer == "mathjax"  # left open, Sphinx would choose KaTeX, which is not there
    assert "formulas are set in the reader's browser" in capsys.readouterr().err
    monkeypatch.setenv("CI", "true")
    with pytest.raises(ExtensionError, match="npm could not install"):
        formulas._configure(None, config)
