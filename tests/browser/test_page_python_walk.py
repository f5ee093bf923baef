"""A walk as a new reader: chapter 6 in the page, with no network, mistakes on the way, to a notebook with full marks."""

import pytest
from reader import PAGES
from visit import Visit

from segbook.grading import cli

MATRIX = """def conv_matrix(weight, input_size, *, stride, padding):
    size = (input_size + 2 * padding - len(weight)) // stride + 1
    W = np.zeros((size, input_size))
    for n in range(size):
        for j, w in enumerate(weight):
            at = n * stride + j - padding
            {}
    return W
"""
STAMP = """def conv_transpose1d(x, weight, *, stride, padding):
    y = np.zeros((len(x) - 1) * stride + len(weight))
    for i, a in enumerate(x):
        print("stamp", i, "at", i * stride)
        y[i * stride : i * stride + len(weight)] {} a * weight
    return y[padding : len(y) - padding]
"""
SIZE = """def conv_transpose_output_size(input_size, kernel_size, *, stride, padding, dilation):
    return (input_size - 1) * stride - 2 * padding + {}
"""
RESTORE = """def restoring_output_padding(input_size, kernel_size, *, stride, padding):
    return (input_size{} - kernel_size) % stride
"""
ZEROS = """def zero_insert_conv(x, weight, *, stride, padding):
    spread = np.zeros((len(x) - 1) * stride + 1)
    spread[::stride] = x
    full = np.convolve(spread, {})
    return full[padding : len(full) - padding]
"""
# What the reader writes, one after the other, and what the page must say of it.
WALK = {
    "6.1": [
        ("", "6.1 The matrix W: not started yet"),
        ("def conv_matrix(weight, input_size, *, stride, padding)\n    return 1\n", "SyntaxError: expected ':'"),
        (MATRIX.format("W[n, at] = w"), "Your function raised IndexError"),
        (MATRIX.format("W[n, at % input_size] = w"), "points"),
        (MATRIX.format("if 0 <= at < input_size: W[n, at] = w"), "4 of 4 points"),
    ],
    "6.2": [
        ("def conv_transpose(x, weight):\n    return x\n", "your code defines no conv_transpose1d"),
        (STAMP.format("="), "1 of 4 points"),
        (STAMP.format("+="), "4 of 4 points"),
    ],
    "6.3": [
        (SIZE.format("kernel_size"), "3 of 4 points"),
        (SIZE.format("dilatation * (kernel_size - 1) + 1"), "name 'dilatation' is not defined"),
        (SIZE.format("dilation * (kernel_size - 1) + 1"), "4 of 4 points"),
    ],
    "6.4": [
        (RESTORE.format(""), "of 3 points"),
        ("import torch\n" + RESTORE.format(" + 2 * padding"), "The page has Python and NumPy."),
        (RESTORE.format(" + 2 * padding"), "3 of 3 points"),
    ],
    "6.5": [
        (ZEROS.format("weight[::-1]"), "of 5 points"),
        (ZEROS.format("weight"), "5 of 5 points"),
    ],
}


def walk(page, seen=lambda id, step: None):
    """Solve the exercises as WALK says; call `seen` after each answer."""
    for id, answers in WALK.items():
        page.get_by_role("button", name=f"Solve it here: exercise {id}").click()
        place = page.get_by_role("region", name=f"Exercise {id} in the page")
        for step, (source, words) in enumerate(answers):
            if source:
                place.get_by_role("textbox").fill(source)
            place.get_by_role("status").evaluate("(node) => { node.textContent = ''; }")
            page.keyboard.press("Control+Enter")
            place.get_by_text("Checked.").or_(place.get_by_text("Your code did not run to its end.")).wait_for(
                timeout=120_000
            )
            said = place.locator(".result").inner_text()
            assert words in said, f"{id}, answer {step}: {said}"
            seen(id, step)


@pytest.mark.slow
def test_a_reader_without_a_network_solves_chapter_6_and_hands_it_in(chromium, tmp_path):
    with Visit(chromium, PAGES[6], accept_downloads=True) as visit:
        walk(visit.page)
        assert "5 of 5 solved in this chapter" in visit.page.locator(".exercise-list [role=status]").text_content()
        with visit.page.expect_download() as download:
            visit.page.get_by_role("button", name="Download your answers").click()
        download.value.save_as(tmp_path / "in/ada.ipynb")
        assert visit.requests == visit.complaints == []
    options = ["--out", str(tmp_path / "out"), "--seed", "s", "--only", "6", "--no-sandbox"]
    cli.main(["grade", str(tmp_path / "in"), *options])
    assert "ada,ada,20" in (tmp_path / "out/gradebook.csv").read_text("utf-8")  # all points of the five
