"""3.3: multiply–adds of one convolution, in every patch and in one pass."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="3.3",
    title="Multiply–adds of both ways",
    level=2,
    points={"1 × 1 kernel": 1, "one channel": 2, "channels": 1},
    prompt="""\
One convolution without padding, with square kernels, reads `in_channels` channels and writes `out_channels`. First it
runs in the patch around every pixel of an image of `image_size` × `image_size` pixels. Then it runs once over the whole
image, which has been mirrored at the border until every patch lies inside, so that it has become a square with sides of
`image_size + patch_size − 1` pixels.

Write `multiply_adds`: return an array of two whole numbers, the multiply–adds of all patches and those of the one pass.
A multiply–add is one product of a weight and a value, added to a sum. Biases do not count.""",
    hints=(
        "Multiply–adds of a convolution: what one output needs, times the number of outputs.",
        "One output needs kernel_size² · in_channels of them. How many outputs does a patch have, and how "
        "many the mirrored image?",
        "Without padding, n pixels give n − kernel_size + 1 places. Use this for the patch, times the number of "
        "pixels, and then for the large image.",
    ),
)


@exercise.reference
def multiply_adds(
    image_size: int,
    patch_size: int,
    *,
    kernel_size: int,
    in_channels: int,
    out_channels: int,
) -> np.ndarray:
    """Count the multiply–adds of one convolution: in every patch, and in one pass.

    >>> multiply_adds(10, 5, kernel_size=3, in_channels=1, out_channels=2)
    array([16200,  2592])
    """
    at_one_place = kernel_size**2 * in_channels * out_channels
    in_patch = patch_size - kernel_size + 1  # places along one side
    in_image = (image_size + patch_size - 1) - kernel_size + 1
    return np.array([image_size**2 * in_patch**2, in_image**2]) * at_one_place


@exercise.cases
def cases(rng):
    """Draw kernels of one tap, where every size stays, then larger ones, then channels."""
    yield "1 × 1 kernel", (6, 5), dict(kernel_size=1, in_channels=1, out_channels=1)
    yield "one channel", (10, 5), dict(kernel_size=3, in_channels=1, out_channels=1)
    yield "channels", (10, 5), dict(kernel_size=3, in_channels=2, out_channels=3)
    yield "one channel", (9, 5), dict(kernel_size=5, in_channels=1, out_channels=1)  # one place in each patch
    for _ in range(4):
        sizes = whole(rng, 8, 40), 2 * whole(rng, 2, 8) + 1  # of image and patch
        kernel_size = whole(rng, 2, sizes[1] - 1)
        channels = dict(in_channels=whole(rng, 2, 8), out_channels=whole(rng, 2, 8))
        yield "1 × 1 kernel", sizes, dict(kernel_size=1, in_channels=1, out_channels=1)
        yield "one channel", sizes, dict(kernel_size=kernel_size, in_channels=1, out_channels=1)
        yield "channels", sizes, dict(kernel_size=kernel_size, **channels)


@exercise.misconception("channels missing", loses={"channels"})
def _(image_size, patch_size, *, kernel_size, in_channels, out_channels):
    """Your numbers ignore the channels. Every output channel has a kernel of its own in every input channel."""
    return multiply_adds(image_size, patch_size, kernel_size=kernel_size, in_channels=1, out_channels=1)


@exercise.misconception("input channels missing", loses={"channels"})
def _(image_size, patch_size, *, in_channels, **options):
    """You count only the output channels. With several input channels, one window reads more numbers."""
    return multiply_adds(image_size, patch_size, in_channels=1, **options)


@exercise.misconception("input size for output size", loses={"one channel", "channels"})
def _(image_size, patch_size, *, kernel_size, in_channels, out_channels):
    """You count a place of the kernel for every pixel of the input. Without padding it has fewer places."""
    at_one_place = kernel_size**2 * in_channels * out_channels
    return np.array([image_size**2 * patch_size**2, (image_size + patch_size - 1) ** 2]) * at_one_place


@exercise.misconception("kernel not squared", loses={"one channel", "channels"})
def _(image_size, patch_size, *, kernel_size, **options):
    """You count the taps along one side of the kernel. It is a square."""
    return multiply_adds(image_size, patch_size, kernel_size=kernel_size, **options) // kernel_size


@exercise.misconception("ratio is always patch_size²", loses={"1 × 1 kernel", "one channel", "channels"})
def _(image_size, patch_size, **options):
    """Your numbers always have the ratio patch_size². Pixels are read about that often; but how many places does the
    kernel have in a patch, and how many in the image?
    """
    _, one_pass = multiply_adds(image_size, patch_size, **options)
    return np.array([one_pass * patch_size**2, one_pass])


@exercise.misconception("mirrored border forgotten", loses={"1 × 1 kernel", "one channel", "channels"})
def _(image_size, patch_size, *, kernel_size, in_channels, out_channels):
    """Your one pass runs over the image without its mirrored border, so some patches have no answer in it."""
    at_one_place = kernel_size**2 * in_channels * out_channels
    patches = image_size**2 * (patch_size - kernel_size + 1) ** 2
    return np.array([patches, max(image_size - kernel_size + 1, 0) ** 2]) * at_one_place


@exercise.misconception("output channels missing", loses={"channels"})
def _(image_size, patch_size, *, out_channels, **options):
    """You count only the input channels. Every output channel reads all of them again."""
    return multiply_adds(image_size, patch_size, out_channels=1, **options)


@exercise.misconception("patches along one side", loses={"1 × 1 kernel", "one channel", "channels"})
def _(image_size, patch_size, **options):
    """You count image_size patches. There is one around every pixel: image_size² of them."""
    return multiply_adds(image_size, patch_size, **options) // [image_size, 1]


@exercise.misconception("biases counted", loses={"1 × 1 kernel", "one channel", "channels"})
def _(image_size, patch_size, *, kernel_size, in_channels, out_channels):
    """You count one more for the bias of each output. Biases do not count here."""
    options = dict(kernel_size=kernel_size, in_channels=in_channels, out_channels=out_channels)
    read = kernel_size**2 * in_channels
    return multiply_adds(image_size, patch_size, **options) // read * (read + 1)


@exercise.misconception("order swapped", loses={"1 × 1 kernel", "one channel", "channels"})
def _(image_size, patch_size, **options):
    """Your two numbers are in the other order: those of all patches come first."""
    return multiply_adds(image_size, patch_size, **options)[::-1]


@exercise.misconception("one place in each patch", loses={"1 × 1 kernel", "one channel", "channels"})
def _(image_size, patch_size, *, kernel_size, in_channels, out_channels):
    """You count one place of the kernel in each patch. The convolution runs over the whole patch, in which the kernel
    has patch_size − kernel_size + 1 places along each side.
    """
    options = dict(kernel_size=kernel_size, in_channels=in_channels, out_channels=out_channels)
    _, one_pass = multiply_adds(image_size, patch_size, **options)
    return np.array([image_size**2 * kernel_size**2 * in_channels * out_channels, one_pass])


@exercise.variant("input size for output size", loses={"1 × 1 kernel", "one channel", "channels"})
def _(image_size, patch_size, *, kernel_size, in_channels, out_channels):
    """You pad, and count the pass without its mirrored border."""
    at_one_place = kernel_size**2 * in_channels * out_channels
    return np.array([image_size**2 * patch_size**2, image_size**2]) * at_one_place
