"""What one layer costs: parameters to store, multiply–adds to compute.

A multiply–add is one product and its addition to a sum (counted as two floating-point operations elsewhere). Products
with padding zeros count, as libraries compute them; adding the bias does not.
"""

from segbook.checks import check_number


def conv_parameters(in_channels: int, out_channels: int, kernel_size: int, *, axes: int = 2, bias: bool = True) -> int:
    """Count the weights of a convolution, transposed or not: one kernel for each pair of channels, and the biases.

    Args:
        in_channels: Channels read.
        out_channels: Channels written.
        kernel_size: Taps along one axis.
        axes: Axes of the kernel: 2 for images.
        bias: Whether every output channel has a bias.

    Returns:
        C_in · C_out · k^axes + C_out.

    Raises:
        ValueError: If an argument is out of range.

    Source: the documentation of `torch.nn.Conv2d`.

    >>> conv_parameters(1, 64, 3)
    640
    """
    _check_positive(in_channels=in_channels, out_channels=out_channels, kernel_size=kernel_size, axes=axes)
    return in_channels * out_channels * kernel_size**axes + bias * out_channels


def dense_parameters(in_features: int, out_features: int, *, bias: bool = True) -> int:
    """Count the weights of a dense layer: one for each pair of features, and the biases.

    Args:
        in_features: Features read.
        out_features: Features written.
        bias: Whether every output feature has a bias.

    Returns:
        in_features · out_features + out_features.

    Raises:
        ValueError: If an argument is out of range.

    Source: the documentation of `torch.nn.Linear`.

    >>> dense_parameters(4096, 21)
    86037
    """
    _check_positive(in_features=in_features, out_features=out_features)
    return in_features * out_features + bias * out_features


def conv_multiply_adds(
    in_channels: int, out_channels: int, kernel_size: int, *, output_size: int, axes: int = 2
) -> int:
    """Count the products of a convolution: every output sample reads one window in every input channel.

    Args:
        in_channels: Channels read.
        out_channels: Channels written.
        kernel_size: Taps along one axis.
        output_size: Output samples along one axis.
        axes: Axes of kernel and output: 2 for images.

    Returns:
        C_in · C_out · k^axes · O^axes.

    Raises:
        ValueError: If an argument is out of range.

    Source: notes N3 (inference cost).

    >>> conv_multiply_adds(1, 64, 3, output_size=570)
    187142400
    """
    _check_positive(output_size=output_size)
    return conv_parameters(in_channels, out_channels, kernel_size, axes=axes, bias=False) * output_size**axes


def conv_transpose_multiply_adds(
    in_channels: int, out_channels: int, kernel_size: int, *, input_size: int, axes: int = 2
) -> int:
    """Count the products of a transposed convolution: every *input* sample scales one stamp for every output channel.

    Args:
        in_channels: Channels read.
        out_channels: Channels written.
        kernel_size: Taps along one axis.
        input_size: Input samples along one axis.
        axes: Axes of kernel and input: 2 for images.

    Returns:
        C_in · C_out · k^axes · I^axes, whatever the crop throws away.

    Raises:
        ValueError: If an argument is out of range.

    Source: notes N6.

    >>> conv_transpose_multiply_adds(1024, 512, 2, input_size=28)
    1644167168
    """
    _check_positive(input_size=input_size)
    return conv_parameters(in_channels, out_channels, kernel_size, axes=axes, bias=False) * input_size**axes


def dense_multiply_adds(in_features: int, out_features: int) -> int:
    """Count the products of a dense layer: every weight is used once.

    Args:
        in_features: Features read.
        out_features: Features written.

    Returns:
        in_features · out_features.

    Raises:
        ValueError: If an argument is out of range.

    Source: notes N3 (inference cost).

    >>> dense_multiply_adds(4096, 21)
    86016
    """
    return dense_parameters(in_features, out_features, bias=False)


def _check_positive(**values: int) -> None:
    for name, value in values.items():
        check_number(name, value, 1, whole=True)
