"""OutputSize in the built page: which sizes come back, and the keyboard."""

from visit import fresh, set_slider

CHAPTER = "book/06_transposed_convolution.html"


def test_the_keyboard_reaches_and_moves_a_slider(visit):
    box = fresh(visit, "Which size")
    box.locator(".presets button").first.focus()
    for _ in range(10):
        visit.page.keyboard.press("Tab")
        if visit.page.evaluate("document.activeElement.dataset.trait") == "input_size":
            break
    visit.page.keyboard.press("ArrowRight")
    assert "16 to 18 all give 6" in box.locator(".sentence").text_content()
    assert "not 18: that takes output padding 2" in box.locator(".sentence").text_content()
    assert visit.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


def test_output_size_says_which_size_comes_back(visit):
    box = fresh(visit, "Which size")
    assert "16 ≠ 17 = N ✗" in box.locator(".formula").text_content()
    set_slider(box, "output_padding", 1)
    assert "17 = N ✓" in box.locator(".formula").text_content()
