"""Sizes of single layers, exactly as torch rounds them."""

from segbook.checks import check_number


def conv_output_size(input_size: int, kernel_size: int, *, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Count the places where the kernel fits: ⌊(N + 2p − d(k−1) − 1) / s⌋ + 1.

    Args:
        input_size: Samples of the input, N.
        kernel_size: Taps of the kernel, k.
        stride: Samples between neighbouring windows, s.
        padding: Zeros added on each side, p.
        dilation: Samples between neighbouring taps, d.

    Returns:
        Samples of the output.

    Raises:
        ValueError: If the kernel is longer than the padded input, or an argument is out of range.

    Source: notes N5; Dumoulin & Visin (2016), relationship 15.

    >>> conv_output_size(17, 5, stride=3, padding=2)
    6
    """
    _check_arguments(input_size, kernel_size, stride, padding, dilation)
    extent = dilation * (kernel_size - 1) + 1
    padded = input_size + 2 * padding
    if extent > padded:
        raise ValueError(
            f"the kernel covers {extent} samples (kernel_size {kernel_size}, dilation {dilation}) but the padded input "
            f"has {padded} (input_size {input_size} + 2·{padding}); input_size must be at least {extent - 2 * padding}"
        )
    return (padded - extent) // stride + 1


def pool_output_size(
    input_size: int,
    kernel_size: int,
    *,
    stride: int | None = None,
    padding: int = 0,
    dilation: int = 1,
    ceil_mode: bool = False,
) -> int:
    """Count the windows of a pooling layer: as a convolution's, or with a last, incomplete one (`ceil_mode`).

    With `ceil_mode` the quotient is rounded up; the last window must still start inside the input or its left padding,
    or it is dropped. It may hang over the end, and even one larger than the padded input counts.

    Args:
        input_size: Samples of the input, N.
        kernel_size: Samples of the window, k.
        stride: Samples between neighbouring windows, s; left out, it is k.
        padding: Samples added on each side, p; at most ⌊k/2⌋, as in torch.
        dilation: Samples between neighbouring taps, d.
        ceil_mode: Keep the incomplete window at the end.

    Returns:
        Samples of the output.

    Raises:
        ValueError: If no window fits, the padding exceeds half of the kernel, or an argument is out of range.

    Source: the documentation of `torch.nn.functional.max_pool2d`; `pooling_output_shape` in torch's sources.

    >>> pool_output_size(5, 2), pool_output_size(5, 2, ceil_mode=True)
    (2, 3)
    >>> pool_output_size(5, 2, stride=4, padding=1), pool_output_size(5, 2, stride=6, padding=1, ceil_mode=True)
    (2, 1)
    """
    stride = kernel_size if stride is None else stride
    _check_arguments(input_size, kernel_size, stride, padding, dilation)
    if padding > kernel_size // 2:
        raise ValueError(
            f"padding must be at most half of kernel_size: got padding {padding}, kernel_size {kernel_size}, "
            f"so at most {kernel_size // 2}"
        )
    if not ceil_mode:
        return conv_output_size(input_size, kernel_size, stride=stride, padding=padding, dilation=dilation)
    extent, padded = dilation * (kernel_size - 1) + 1, input_size + 2 * padding
    windows = -((extent - padded) // stride) + 1  # −⌊−a / s⌋ is ⌈a / s⌉
    if (windows - 1) * stride >= input_size + padding:
        windows -= 1
    if windows < 1:
        raise ValueError(
            f"the window covers {extent} samples (kernel_size {kernel_size}, dilation {dilation}) but the padded input "
            f"has {padded} (input_size {input_size} + 2·{padding}); with stride {stride} there is not even one window"
        )
    return windows


def conv_transpose_output_size(
    input_size: int, kernel_size: int, *, stride: int = 1, padding: int = 0, output_padding: int = 0, dilation: int = 1
) -> int:
    """Measure what the stamps cover, less the crop: (I − 1)s − 2p + d(k−1) + output_padding + 1.

    Args:
        input_size: Samples of the input, I.
        kernel_size: Taps of the kernel, k.
        stride: Output samples between neighbouring stamps, s.
        padding: Output samples cropped from each side, p.
        output_padding: Output samples cropped less at the end (beyond the stamps they are 0); below the larger of
            stride and dilation, as in torch.
        dilation: Output samples between neighbouring taps, d.

    Returns:
        Samples of the output.

    Raises:
        ValueError: If the crop leaves nothing, or an argument is out of range.

    Source: notes N7; the documentation of `torch.nn.ConvTranspose1d`.

    >>> conv_transpose_output_size(6, 5, stride=3, padding=2)
    16
    >>> conv_transpose_output_size(6, 5, stride=3, padding=2, output_padding=1)
    17
    """
    _check_arguments(input_size, kernel_size, stride, padding, dilation)
    check_number("output_padding", output_padding, 0, whole=True)
    if output_padding >= max(stride, dilation):
        raise ValueError(
            f"output_padding must be smaller than stride or dilation: got output_padding {output_padding}, "
            f"stride {stride}, dilation {dilation}"
        )
    covered = (input_size - 1) * stride + dilation * (kernel_size - 1) + output_padding + 1
    if covered - 2 * padding < 1:
        raise ValueError(
            f"the stamps cover {covered} samples and padding {padding} crops {2 * padding} of them: nothing is left; "
            f"padding must be at most {(covered - 1) // 2}"
        )
    return covered - 2 * padding


def collapsing_input_sizes(
    output_size: int, kernel_size: int, *, stride: int = 1, padding: int = 0, dilation: int = 1
) -> range:
    """List the input sizes that a convolution maps to one output size: up to `stride` neighbours.

    Args:
        output_size: Samples of the convolution's output, O.
        kernel_size: Taps of the kernel, k.
        stride: Samples between neighbouring windows, s.
        padding: Zeros added on each side, p.
        dilation: Samples between neighbouring taps, d.

    Returns:
        All input sizes N ≥ 1 with `conv_output_size(N, …) == output_size`; fewer than `stride` when the padding
        alone reaches the size, and none when it exceeds it.

    Raises:
        ValueError: If an argument is out of range.

    Source: Dumoulin & Visin (2016), section 4.6: the a that they add is our output_padding.

    >>> list(collapsing_input_sizes(6, 5, stride=3, padding=2))
    [16, 17, 18]
    """
    check_number("output_size", output_size, 1, whole=True)
    _check_arguments(1, kernel_size, stride, padding, dilation)
    first = (output_size - 1) * stride - 2 * padding + dilation * (kernel_size - 1) + 1
    return range(max(first, 1), first + stride)


def restoring_output_padding(
    input_size: int, kernel_size: int, *, stride: int = 1, padding: int = 0, dilation: int = 1
) -> int:
    """Say which output_padding makes the transposed convolution give `input_size` back.

    It is the number of places at the end of the padded input that the last window of the convolution does not reach.

    Args:
        input_size: Samples N that went into the convolution.
        kernel_size: Taps of the kernel, k.
        stride: Samples between neighbouring windows, s.
        padding: Zeros added on each side, p.
        dilation: Samples between neighbouring taps, d.

    Returns:
        (N + 2p − d(k−1) − 1) mod s, which lies in 0 … s − 1.

    Raises:
        ValueError: If the kernel is longer than the padded input, or an argument is out of range.

    Source: notes N7; Dumoulin & Visin (2016), relationship 14.

    >>> restoring_output_padding(17, 5, stride=3, padding=2)
    1
    """
    conv_output_size(input_size, kernel_size, stride=stride, padding=padding, dilation=dilation)  # raises if it must
    return (input_size + 2 * padding - dilation * (kernel_size - 1) - 1) % stride


def _check_arguments(input_size: int, kernel_size: int, stride: int, padding: int, dilation: int) -> None:
    for name, value, least in (
        ("input_size", input_size, 1),
        ("kernel_size", kernel_size, 1),
        ("stride", stride, 1),
        ("padding", padding, 0),
        ("dilation", dilation, 1),
    ):
        check_number(name, value, least, whole=True)
