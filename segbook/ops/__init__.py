"""The operators of segmentation, written to be read: loops stay loops, matrices are shown whole.

Speed lives in torch; these say what torch does. Layouts, argument names and their order are torch's.

- `classification`: softmax, log-softmax and cross entropy, pixel by pixel.
- `convolution`: convolution, transposed convolution, the bilinear kernel.
- `matrices`: the same convolution as a matrix, built from the kernel or from the signal.
- `windows`: pooling, and the patches of the patch-based approach.
"""

from segbook.ops.classification import log_softmax, log_sum_exp, pixel_cross_entropy, softmax
from segbook.ops.convolution import bilinear_kernel, conv1d, conv2d, conv_transpose1d, conv_transpose2d
from segbook.ops.matrices import conv_matrix, patch_matrix
from segbook.ops.windows import all_patches, avg_pool2d, max_pool2d, patch_at

__all__ = [
    "all_patches",
    "avg_pool2d",
    "bilinear_kernel",
    "conv1d",
    "conv2d",
    "conv_matrix",
    "conv_transpose1d",
    "conv_transpose2d",
    "log_softmax",
    "log_sum_exp",
    "max_pool2d",
    "patch_at",
    "patch_matrix",
    "pixel_cross_entropy",
    "softmax",
]
