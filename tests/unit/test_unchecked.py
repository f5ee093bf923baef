"""What a reader meets, who has no type checker: bad input still gets a ValueError that says what would be right."""

import pytest

BAD_CALLS = {
    "shapes.conv_output_size(2.0, 1)": "input_size must be a whole number of at least 1: got 2.0",
    "shapes.conv_output_size(True, 1)": "input_size must be a whole number of at least 1: got True",
    "shapes.conv_output_size('3', 1)": "input_size must be a whole number of at least 1: got '3'",
    "shapes.conv_transpose_output_size(3, None)": "kernel_size must be a whole number of at least 1: got None",
    "shapes.collapsing_input_sizes(1.5, 3)": "output_size must be a whole number of at least 1: got 1.5",
    "shapes.restoring_output_padding(3, 5)": "the kernel covers 5 samples (kernel_size 5, dilation 1) but the padded",
    "ops.conv_transpose1d(torch.ones(1, 2, 3), torch.ones(3, 1, 2))": "x has 2 channels, weight expects 3",
    "ops.conv_transpose1d(torch.ones(3), torch.ones(3, 1, 2))": "got (3,), (3, 1, 2)",
    "ops.conv_transpose1d(torch.ones(1, 1, 3), torch.ones(1, 1, 2), stride=1.5)": "stride must be a whole number",
    "ops.conv_matrix(np.ones((1, 1, 1, 1, 1)), 4)": "got shape (1, 1, 1, 1, 1)",
    "ops.conv_matrix(np.ones(3), 4.0)": "input_size must be a whole number of at least 1: got 4.0",
    "ops.conv_matrix(np.ones(3), [4, 4])": "has 1 axes, input_size (4, 4) has 2",
    "ops.conv_transpose1d(np.ones((1, 1, 3)), torch.ones(1, 1, 2))": "x and weight must have one dtype: got torch.float64, torch.float32",
    "ops.conv_transpose1d([[[1.0]]], torch.ones(1, 1, 2))": "x must be a tensor or a NumPy array: got list; np.asarray(x) may convert it",
    "ops.conv_transpose1d(torch.ones(1, 1, 3), torch.ones(1, 1, 2).double())": "got torch.float32, torch.float64",
    "ops.conv_matrix(np.ones((1, 1, 3)), np.array([5, 5]))": "has 1 axes, input_size (5, 5) has 2",
    "ops.patch_matrix(np.ones(2), 3)": "the kernel covers 3 samples",
    "ops.patch_matrix(np.ones((2, 3)), 3)": "x must be one signal of shape (I,): got shape (2, 3)",
    "plot.show_matrix(np.ones(3), alt='')": "matrix must have 2 axes (rows, columns), neither empty: got shape (3,)",
    "plot.compare([np.ones((2, 2))], [], alt='')": "got 1 images and 0 titles",
    "plot.compare([], [], alt='')": "no images",
    "plot.show_matrix(np.ones((0, 3)), alt='')": "neither empty: got shape (0, 3)",
    "plot.compare([np.ones((2, 2, 3))], ['a'], alt='')": "got shape (2, 2, 3)",
    "plot.show_labels(np.zeros(4, int), ['a'], alt='')": "labels must be (H, W) with pixels: got shape (4,)",
    "plot.show_boxes(np.ones((2, 2)), np.zeros((2, 3)), alt='')": "boxes must be (n, 4), x0, y0, x1, y1 in a row: got shape (2, 3)",
    "plot.show_weight_map(np.ones(4), alt='')": "weight_map must be (H, W) with pixels: got shape (4,)",
    "plot.show_feature_maps(np.ones((2, 2)), alt='')": "maps must be (C, H, W), none of them 0: got shape (2, 2)",
    "plot.show_confusion(np.ones((2, 3), int), ['a', 'b'], alt='')": "confusion must be square, (C, C): got shape (2, 3)",
    "widgets.ConvTranspose1D(kernel_size=3)": "ConvTranspose1D has no setting kernel_size; it has dilation, i, letters",
}
PREPARE = "import numpy as np, torch; from segbook import ops, plot, shapes, widgets"


@pytest.mark.parametrize("call", BAD_CALLS)
def test_bad_input_is_refused_with_the_numbers(call, said):
    assert BAD_CALLS[call] in said[call]
