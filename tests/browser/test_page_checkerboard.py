"""Checkerboard in the built page: where it is flat, and where patterned."""

from itertools import product

from visit import fresh, set_slider

CHAPTER = "book/06_transposed_convolution.html"


def test_the_checkerboard_is_flat_at_4_over_2_and_patterned_at_3_over_2(visit):
    box = fresh(visit, "Checkerboards")
    assert "transposed 0.44 to 1.78, board 1.33; resized first 1" in box.locator(".formula").text_content()
    set_slider(box, "kernel_size", 4)
    assert "transposed 1, board 0; resized first 1" in box.locator(".formula").text_content()


def test_each_pixel_has_the_count_of_its_stamps(visit):
    box = fresh(visit, "Checkerboards")
    for kernel, stride in ((7, 1), (5, 2)):  # at (7, 1) most counts have two digits
        set_slider(box, "kernel_size", kernel)
        set_slider(box, "stride", stride)
        counts = stamped(kernel, stride)
        drawn = [["" for _ in row] for row in counts]
        unit = float(box.locator("svg.pixels").first.get_attribute("width")) / len(counts)
        for text in box.locator("svg.pixels").first.locator("text").all():
            places = [[float(one) for one in text.get_attribute(name).split()] for name in "xy"]
            for digit, x, y in zip(text.text_content(), *places, strict=True):
                drawn[int(y // unit)][int(x // unit)] += digit
        assert drawn == [[str(count) for count in row] for row in counts]


def stamped(kernel, stride, size=7):
    """Count the stamps on each pixel in a loop over them."""
    side = (size - 1) * stride + kernel
    counts = [[0] * side for _ in range(side)]
    for r, c, a, b in product(range(size), range(size), range(kernel), range(kernel)):
        counts[r * stride + a][c * stride + b] += 1
    return counts
