"""Checkerboard in the built page: where it is flat, and where patterned."""

from visit import fresh, set_slider

CHAPTER = "book/06_transposed_convolution.html"


def test_the_checkerboard_is_flat_at_4_over_2_and_patterned_at_3_over_2(visit):
    box = fresh(visit, "Checkerboards")
    assert "transposed 0.44 to 1.78; resized first 1" in box.locator(".formula").text_content()
    set_slider(box, "kernel_size", 4)
    assert "transposed 1; resized first 1" in box.locator(".formula").text_content()
