"""Sizes of layers and networks: formulas on plain integers, exactly as torch rounds them.

Every function takes one axis; a square layer uses it twice. Sizes are counted in samples (pixels).

- `layers`: what one convolution, pooling or transposed convolution does to a size.
- `stacks`: what a stack of them sees: receptive field, jump, offset, the window of one output.
- `costs`: parameters and multiply–adds of one layer.
- `networks`: the encoder–decoder and U-Net: legal input sizes and the whole ledger.
"""

from segbook.shapes.costs import (
    conv_multiply_adds,
    conv_parameters,
    conv_transpose_multiply_adds,
    dense_multiply_adds,
    dense_parameters,
)
from segbook.shapes.layers import (
    collapsing_input_sizes,
    conv_output_size,
    conv_transpose_output_size,
    pool_output_size,
    restoring_output_padding,
)
from segbook.shapes.networks import LedgerRow, legal_input_sizes, unet_layers, unet_ledger
from segbook.shapes.stacks import Layer, ReceptiveField, input_window, receptive_field, stack_output_size

__all__ = [
    "Layer",
    "LedgerRow",
    "ReceptiveField",
    "collapsing_input_sizes",
    "conv_multiply_adds",
    "conv_output_size",
    "conv_parameters",
    "conv_transpose_multiply_adds",
    "conv_transpose_output_size",
    "dense_multiply_adds",
    "dense_parameters",
    "input_window",
    "legal_input_sizes",
    "pool_output_size",
    "receptive_field",
    "restoring_output_padding",
    "stack_output_size",
    "unet_layers",
    "unet_ledger",
]
