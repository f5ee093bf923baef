"""What a reader meets, who has no type checker: sizes, operators, losses and metrics refuse bad shapes with a ValueError."""

import pytest

BAD_CALLS = {
    "shapes.pool_output_size(4.0, 2)": "input_size must be a whole number of at least 1: got 4.0",
    "shapes.pool_output_size(4, None)": "kernel_size must be a whole number of at least 1: got None",
    "shapes.receptive_field([shapes.Layer(3, stride=1.5)])": "stride of layer 0 must be a whole number",
    "shapes.legal_input_sizes(250, depth='4')": "depth must be a whole number of at least 0: got '4'",
    "shapes.unet_ledger(572.0)": "input_size must be a whole number of at least 1: got 572.0",
    "shapes.unet_ledger(572, padding=0.5)": "padding must be a whole number from 0 to 1: got 0.5",
    "shapes.conv_parameters(1, 1, 3.0)": "kernel_size must be a whole number of at least 1: got 3.0",
    "ops.conv1d(torch.ones(3), torch.ones(3, 1, 2))": "x must be (N, C_in, L) and weight (C_out, C_in, k): got (3,), (3, 1, 2)",
    "ops.conv1d(torch.ones(1, 2, 3), torch.ones(1, 3, 2))": "x has 2 channels, weight expects 3 (its axis 1)",
    "ops.conv2d(one, torch.ones(2, 2))": "x must be (N, C_in, H, W) and weight (C_out, C_in, k_h, k_w): got (1, 1, 2, 2), (2, 2)",
    "ops.conv2d(one, torch.ones(1, 4, 1, 1))": "x has 1 channels, weight expects 4 (its axis 1)",
    "ops.conv_transpose2d(one[0], one)": "weight (C_in, C_out, k_h, k_w): got (1, 2, 2), (1, 1, 2, 2)",
    "ops.conv_transpose2d(one, torch.ones(4, 1, 1, 1))": "x has 1 channels, weight expects 4 (its axis 0)",
    "ops.bilinear_kernel(1.5)": "factor must be a whole number of at least 1: got 1.5",
    "ops.max_pool2d(one[0], 2)": "x must be (N, C, H, W): got shape (1, 2, 2)",
    "ops.avg_pool2d(one, 2.0)": "kernel_size must be a whole number of at least 1: got 2.0",
    "ops.patch_at(one, 0, 0, patch_size=3)": "image must be (C, H, W): got shape (1, 1, 2, 2)",
    "ops.all_patches(one, patch_size=3)": "image must be (C, H, W): got shape (1, 1, 2, 2)",
    "ops.softmax(torch.ones(3))": "logits must be (N, C, …), classes on axis 1: got shape (3,)",
    "ops.log_sum_exp(torch.ones(3))": "logits must be (N, C, …), classes on axis 1: got shape (3,)",
    "ops.pixel_cross_entropy(one[0], zero)": "labels (N, H, W): got (1, 2, 2), (1, 2, 2)",
    "ops.pixel_cross_entropy(one, zero[0])": "labels (N, H, W): got (1, 1, 2, 2), (2, 2)",
    "ops.pixel_cross_entropy(one, zero, one[0, 0])": "like labels (1, 2, 2): got (2, 2)",
    "losses.cross_entropy(one[0], zero, reduction='sum')": "labels (N, H, W): got (1, 2, 2), (1, 2, 2)",
    "losses.cross_entropy(one, zero[None], reduction='sum')": "labels (N, H, W): got (1, 1, 2, 2), (1, 1, 2, 2)",
    "losses.cross_entropy(one, zero, one, reduction='sum')": "like labels (1, 2, 2): got (1, 1, 2, 2)",
    "losses.soft_dice_loss(one, zero[:, :1])": "labels (N, H, W): got (1, 1, 2, 2), (1, 1, 2)",
    "metrics.confusion_matrix(zero, zero[0], num_classes=1)": "must have one shape: got (1, 2, 2), (2, 2)",
    "metrics.iou(torch.zeros(2, 3).long())": "confusion must be square, (C, C): got shape (2, 3)",
    "metrics.dice(torch.zeros(4).long())": "confusion must be square, (C, C): got shape (4,)",
    "metrics.boundary_counts(zero[0], zero[0], num_classes=1, tolerance=1)": "3 axes, (N, H, W): got shape (2, 2)",
    "metrics.boundary_counts(zero, zero[0], num_classes=1, tolerance=1)": "one shape: got (1, 2, 2), (2, 2)",
    "metrics.boundary_f_score(torch.zeros(2, 3).long())": "counts must be (C, 4), as boundary_counts returns them: got shape (2, 3)",
    "metrics.boundary_f_score(torch.zeros(4).long())": "counts must be (C, 4), as boundary_counts returns them: got shape (4,)",
    "metrics.connected_components(zero[0] > 0)": "mask must be (N, H, W): got shape (2, 2)",
    "metrics.instance_counts(zero[0], zero[0])": "3 axes, (N, H, W): got shape (2, 2)",
    "metrics.merged_cells(zero, zero[:, 1:])": "one shape: got (1, 2, 2), (1, 1, 2)",
    "metrics.average_precision(torch.zeros(2, 4).long())": "counts must be (T, 3), as instance_counts returns them: got shape (2, 4)",
    "metrics.average_precision(torch.zeros(3).long())": "counts must be (T, 3), as instance_counts returns them: got shape (3,)",
}
PREPARE = """\
import torch; from segbook import losses, metrics, ops, shapes
one, zero = torch.ones(1, 1, 2, 2), torch.zeros(1, 2, 2, dtype=torch.int64)
"""


@pytest.mark.parametrize("call", BAD_CALLS)
def test_bad_input_is_refused_with_the_numbers(call, said):
    assert BAD_CALLS[call] in said[call]
