"""Notebooks in the form in which other front ends write them, by the metadata that they are known to write.

Nobody ran these front ends here; files that real ones saved are in `saved`. Each is bytes, and the points that a fair
human gives for 6.2 and 6.3, written down before the grader saw one.
"""

import json
from typing import Any

from ordinary import CHECK_SIZE, CHECK_STAMPS, FIRST, SIZE, STAMPS

CODE = (FIRST, f"{STAMPS}\n{CHECK_STAMPS}", f"{SIZE}\n{CHECK_SIZE}")
PYTHON = {"name": "python", "version": "3.12.3", "file_extension": ".py", "mimetype": "text/x-python"}
PICTURE = {"data": {"image/png": "iVBORw0KGgo" + "A" * 4_000_000}, "metadata": {}, "output_type": "display_data"}


def cell(code: str, **more: Any) -> dict[str, Any]:
    """A code cell; more goes beside its code or replaces it."""
    lines = code.splitlines(keepends=True)
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": lines} | more


def written(cells: list[dict[str, Any]], metadata: dict[str, Any], minor: int = 5, **more: Any) -> bytes:
    """A notebook's bytes."""
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": minor} | more).encode()


def like(metadata: dict[str, Any], of_cell: dict[str, Any], *, minor: int = 5, **more: Any) -> bytes:
    """A notebook whose cells all have the same further keys."""
    return written([cell(source, **of_cell) for source in CODE], metadata, minor, **more)


VSCODE = {"language_info": PYTHON, "kernelspec": {"display_name": ".venv", "language": "python", "name": "python3"}}
COLAB = {
    "colab": {"provenance": [], "toc_visible": True, "gpuType": "T4"},
    "kernelspec": {"name": "python3", "display_name": "Python 3"},
    "language_info": {"name": "python"},
    "accelerator": "GPU",
}
FORM = '#@title Size { run: "auto", display-mode: "form" }\nstride = 2 #@param {type:"slider", min:1, max:4}\n'
KAGGLE = {
    "kaggle": {"accelerator": "none", "dataSources": [{"sourceId": 1, "sourceType": "datasetVersion"}]},
    "kernelspec": {"language": "python", "display_name": "Python 3", "name": "python3"},
    "language_info": PYTHON,
    "papermill": {"default_parameters": {}, "duration": 12.3, "environment_variables": {}, "version": "2.6.0"},
}
KAGGLE_FIRST = """# This Python 3 environment comes with many helpful analytics libraries installed
import pandas as pd
import os
for dirname, _, filenames in os.walk('/kaggle/input'):
    for filename in filenames:
        print(os.path.join(dirname, filename))
"""
CONFLICT = like(VSCODE, {}).replace(b'"nbformat": 4', b'<<<<<<< HEAD\n"nbformat": 4')
WIDGETS = {"application/vnd.jupyter.widget-state+json": {"state": {"a": {"model_name": "IntSliderModel"}}}}

FORMS: dict[str, tuple[tuple[int, int], bytes]] = {
    "VS Code": (
        (4, 4),
        like(VSCODE | {"orig_nbformat": 4}, {"metadata": {"vscode": {"languageId": "python"}}}, minor=2),
    ),
    "VS Code, no kernel chosen": ((4, 4), like({"language_info": {"name": "python"}}, {"id": "a1b2c3d4"})),
    "VS Code, a cell of another language": (
        (4, 0),
        written(
            [
                *map(cell, CODE[:2]),
                cell("%%javascript\nconst x = 1;", metadata={"vscode": {"languageId": "javascript"}}),
            ],
            VSCODE,
        ),
    ),
    "Colab": (
        (4, 4),
        like(COLAB, {"metadata": {"id": "x7", "colab": {"base_uri": "https://localhost:8080/"}}}, minor=0),
    ),
    "Colab's forms": ((4, 4), written([cell(FORM), *map(cell, CODE)], COLAB, 0)),
    "Kaggle": (
        (4, 4),
        written([cell(KAGGLE_FIRST, metadata={"_uuid": "8f", "trusted": True}), *map(cell, CODE)], KAGGLE),
    ),
    "PyCharm": ((4, 4), like(VSCODE, {"metadata": {"pycharm": {"name": "#%%\n", "is_executing": True}}}, minor=0)),
    "Deepnote": (
        (4, 4),
        like(
            {"deepnote_notebook_id": "d1", "deepnote": {}}, {"metadata": {"cell_id": "c", "deepnote_cell_type": "code"}}
        ),
    ),
    "Databricks": (
        (4, 4),
        like(
            {"application/vnd.databricks.v1+notebook": {"language": "python"}, "language_info": {"name": "python"}},
            {"metadata": {"application/vnd.databricks.v1+cell": {"nuid": "1"}}},
            minor=0,
        ),
    ),
    "SageMaker": (
        (4, 4),
        like({"kernelspec": {"display_name": "conda_python3", "language": "python", "name": "conda_python3"}}, {}),
    ),
    "Azure": (
        (4, 4),
        like(
            {"kernel_info": {"name": "python310"}, "microsoft": {"ms_spell_check": {}}, "nteract": {"version": "1"}},
            {"metadata": {"gather": {"logged": 1}}},
        ),
    ),
    "CoCalc": ((4, 4), like(VSCODE, {"metadata": {"collapsed": False, "cocalc": {"outputs": {}}}}, minor=4)),
    "JupyterLite": (
        (4, 4),
        like(
            {
                "kernelspec": {"name": "python", "display_name": "Python (Pyodide)", "language": "python"},
                "language_info": PYTHON,
            },
            {},
            minor=4,
        ),
    ),
    "xeus": (
        (4, 4),
        like({"kernelspec": {"name": "xpython", "display_name": "Python 3 (XPython)", "language": "python"}}, {}),
    ),
    "Spark": (
        (4, 4),
        like(
            {
                "kernelspec": {"display_name": "PySpark", "language": "python", "name": "pysparkkernel"},
                "language_info": {"name": "pyspark", "mimetype": "text/x-python", "pygments_lexer": "python3"},
            },
            {},
        ),
    ),
    "Sage": (
        (4, 4),
        like(
            {
                "kernelspec": {"display_name": "SageMath 10.3", "language": "sage", "name": "sagemath"},
                "language_info": PYTHON,
            },
            {},
        ),
    ),
    "RISE": (
        (4, 4),
        like(
            VSCODE | {"rise": {"autolaunch": True}, "celltoolbar": "Slideshow"},
            {"metadata": {"slideshow": {"slide_type": "slide"}}},
        ),
    ),
    "nbgrader": (
        (4, 4),
        like(VSCODE, {"metadata": {"nbgrader": {"grade": True, "locked": True, "points": 4, "solution": False}}}),
    ),
    "widgets' state": ((4, 4), like(VSCODE | {"widgets": WIDGETS}, {})),
    "outputs of 16 MB": ((4, 4), written([cell(source, outputs=[PICTURE]) for source in (*CODE, "")], VSCODE)),
    "the file's line ends are Windows'": (
        (4, 4),
        json.dumps(json.loads(like(VSCODE, {})), indent=1).replace("\n", "\r\n").encode(),
    ),
    "Windows' line ends in its cells": ((4, 4), written([cell(code.replace("\n", "\r\n")) for code in CODE], VSCODE)),
    "sources as one text": ((4, 4), written([cell("", source=code) for code in CODE], VSCODE)),
    "sources without line ends": (
        (4, 4),
        written([cell("", source=[line + "\n" for line in code.splitlines()]) for code in CODE], VSCODE),
    ),
    "no ids, no counts, no outputs": ((4, 4), written([{"cell_type": "code", "source": code} for code in CODE], {}, 0)),
    "metadata that is null": (
        (4, 4),
        written(
            [cell(code, metadata=None, outputs=None) for code in CODE], {"kernelspec": None, "language_info": None}
        ),
    ),
    "a signature and an author": (
        (4, 4),
        like(VSCODE | {"signature": "sha256:0", "authors": [{"name": "A"}], "name": "week 6"}, {}, minor=0),
    ),
    "letters as escapes": ((4, 4), like(VSCODE, {}).replace(b"import", b"\\u0069mport")),
    "white space around it": ((4, 4), b"\n\n  " + like(VSCODE, {}) + b"\n\n"),
    "cut off while it was saved": ((0, 0), like(VSCODE, {})[:-200]),
    "a conflict of git's": ((0, 0), CONFLICT),
}
