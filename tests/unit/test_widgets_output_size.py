"""OutputSize in Python: sizes against segbook.shapes, sentences."""

from segbook import shapes
from segbook.widgets import OutputSize


def test_output_size_follows_the_size_in_focus():
    figure = OutputSize()
    assert figure.sizes() == (6, 16)
    assert "as do all of 16, 17, 18" in figure.alt()
    figure.output_padding = 1
    assert figure.sizes() == (6, 17)


def test_output_size_says_so_when_the_kernel_does_not_fit():
    assert "the kernel covers 7 samples" in OutputSize(input_size=3, kernel_size=7, padding=0, stride=1).alt()


def test_python_and_the_traits_agree_on_the_sizes_of_the_group():
    figure = OutputSize(input_size=20, kernel_size=3, stride=4, padding=1)
    after, _ = figure.sizes()
    assert 20 in shapes.collapsing_input_sizes(after, 3, stride=4, padding=1)
