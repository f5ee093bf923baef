"""Right answers to the exercises of chapter 8 that other people would write."""

import numpy as np

from segbook import shapes


def crop_by_negative_slices(skip, upsampled):
    rows, columns = ((s - u) // 2 for s, u in zip(skip.shape[1:], upsampled.shape[1:], strict=True))
    middle = skip[:, rows : skip.shape[1] - rows, columns : skip.shape[2] - columns]
    return np.vstack([middle, upsampled]).astype(float)


def crop_pixel_by_pixel(skip, upsampled):
    channels, height, width = upsampled.shape
    out = np.empty((len(skip) + channels, height, width))
    for row in range(height):
        for column in range(width):
            from_row = row + (skip.shape[1] - height) // 2
            from_column = column + (skip.shape[2] - width) // 2
            out[:, row, column] = [*skip[:, from_row, from_column], *upsampled[:, row, column]]
    return out


def size_by_formula(input_size, *, depth, kernel_size):
    lost = 2 * (kernel_size - 1)
    down = lost * (2**depth - 1)  # lost · (1 + 2 + … + 2^(depth−1)), in pixels of the image
    return np.int64(input_size - down - lost * 2**depth - down)


def size_by_recursion(input_size, *, depth, kernel_size):
    lost = 2 * (kernel_size - 1)
    if depth == 0:
        return input_size - lost
    return 2 * size_by_recursion((input_size - lost) // 2, depth=depth - 1, kernel_size=kernel_size) - lost


def parameters_from_the_ledger(in_channels, num_classes, *, width, depth):
    size = shapes.legal_input_sizes(1, depth=depth).start
    ledger = shapes.unet_ledger(size, in_channels=in_channels, num_classes=num_classes, width=width, depth=depth)
    return sum(row.parameters for row in ledger)


def parameters_by_level(in_channels, num_classes, *, width, depth):
    total = (9 * in_channels + 1) * width + (9 * width + 1) * width + (width + 1) * num_classes
    c = width
    for _ in range(depth):
        total += (9 * c + 1) * 2 * c + (9 * 2 * c + 1) * 2 * c
        total += (4 * 2 * c + 1) * c + (9 * 2 * c + 1) * c + (9 * c + 1) * c
        c *= 2
    return total


def parameters_of_layers(in_channels, num_classes, *, width, depth):
    import torch
    from torch import nn

    def stage(before, after):
        return [nn.Conv2d(before, after, 3), nn.Conv2d(after, after, 3)]

    with torch.device("meta"):  # sizes without memory
        layers = [*stage(in_channels, width), nn.Conv2d(width, num_classes, 1)]
        for level in range(depth):
            above, below = width << level, width << level + 1
            layers += [*stage(above, below), nn.ConvTranspose2d(below, above, 2, stride=2), *stage(below, above)]
    return sum(parameter.numel() for layer in layers for parameter in layer.parameters())


def tiles_by_index(row, *, kept, context):
    period = 2 * (len(row) - 1)
    starts = np.arange(0, len(row), kept)[:, None] - context
    phase = (starts + np.arange(kept + 2 * context)) % period
    return np.asarray(row)[np.minimum(phase, period - phase)]


def tiles_in_floats(row, *, kept, context):
    values = list(row)
    endless = values + values[-2:0:-1]
    tiles = []
    for start in range(0, len(values), kept):
        tiles.append([float(endless[n % len(endless)]) for n in range(start - context, start + kept + context)])
    return np.array(tiles)


def crop_by_peeling(skip, upsampled):
    while skip.shape[1] > upsampled.shape[1]:
        skip = skip[:, 1:-1]
    while skip.shape[2] > upsampled.shape[2]:
        skip = skip[:, :, 1:-1]
    return np.append(skip, upsampled, axis=0)


def crop_by_take(skip, upsampled):
    for axis in (1, 2):
        first = (skip.shape[axis] - upsampled.shape[axis]) // 2
        skip = skip.take(range(first, first + upsampled.shape[axis]), axis)
    return np.r_[skip, upsampled]


def crop_by_writing_into(skip, upsampled):
    c, (d, h, w) = len(skip), upsampled.shape
    out = np.zeros((c + d, h, w))
    centre = skip.shape[1] / 2, skip.shape[2] / 2
    y, x = int(centre[0] - h / 2), int(centre[1] - w / 2)
    out[:c], out[c:] = skip[:, y : y + h, x : x + w], upsampled
    return out


def crop_in_lists(skip, upsampled):
    rows, columns = ((a - b) // 2 for a, b in zip(skip.shape[1:], upsampled.shape[1:], strict=True))
    channels = [[row[columns : len(row) - columns] for row in c[rows : len(c) - rows]] for c in skip.tolist()]
    return channels + upsampled.tolist()


def size_by_ledger(input_size, *, depth, kernel_size):
    sizes = [input_size]
    for step in range(2 * depth + 1):
        sizes.append(sizes[-1] - 2 * kernel_size + 2)
        if step != 2 * depth:
            sizes.append(sizes[-1] // 2 if step < depth else 2 * sizes[-1])
    return sizes[-1]


def size_by_shapes_of_rows(input_size, *, depth, kernel_size):
    def stage(row):
        for _ in range(2):
            row = np.lib.stride_tricks.sliding_window_view(row, kernel_size)[:, 0]
        return row

    row = np.zeros(input_size)
    for _ in range(depth):
        row = stage(row).reshape(-1, 2)[:, 0]
    row = stage(row)
    for _ in range(depth):
        row = stage(np.repeat(row, 2))
    return len(row)


def size_by_bottleneck(input_size, *, depth, kernel_size):
    lost, scale = 2 * (kernel_size - 1), 2**depth
    bottleneck = (input_size - lost * (scale - 1)) // scale - lost
    return scale * bottleneck - lost * (scale - 1)


def size_by_affine_maps(input_size, *, depth, kernel_size):
    from fractions import Fraction

    lost = 2 * (kernel_size - 1)
    a, b = Fraction(1), Fraction(0)
    for _ in range(depth):
        a, b = a / 2, (b - lost) / 2
    b -= lost
    for _ in range(depth):
        a, b = 2 * a, 2 * b - lost
    return int(a * input_size + b)


def parameters_by_shapes(in_channels, num_classes, *, width, depth):
    shapes = []
    for level in range(depth + 1):
        c = width << level
        shapes += [(c, in_channels if level == 0 else c // 2, 3, 3), (c, c, 3, 3)]
        if level < depth:
            shapes += [(c, 2 * c, 2, 2), (c, 2 * c, 3, 3), (c, c, 3, 3)]
    shapes.append((num_classes, width, 1, 1))
    return int(sum(np.prod(shape) + shape[0] for shape in shapes))


def parameters_by_recursion(in_channels, num_classes, *, width, depth):
    def below(entering, c, left):
        total = 9 * entering * c + 9 * c * c + 2 * c
        if left:
            total += below(c, 2 * c, left - 1) + (8 * c * c + c) + (18 * c * c + c) + (9 * c * c + c)
        return total

    return below(in_channels, width, depth) + width * num_classes + num_classes


def parameters_by_geometric_series(in_channels, num_classes, *, width, depth):
    squares = (4**depth - 1) // 3  # 1 + 4 + 16 + …, one for each level above the bottleneck
    ones = 2**depth - 1
    encoder = 9 * in_channels * width + width + 9 * width**2 + width
    lower = 54 * width**2 * squares + 4 * width * ones
    decoder = (8 + 18 + 9) * width**2 * squares + 3 * width * ones
    return encoder + lower + decoder + num_classes * (width + 1)


def tiles_by_windows(row, *, kept, context):
    count = (len(row) + kept - 1) // kept
    mirrored = np.pad(row, (context, context + count * kept - len(row)), mode="reflect")
    return np.lib.stride_tricks.sliding_window_view(mirrored, kept + 2 * context)[::kept]


def tiles_by_concatenating_mirrors(row, *, kept, context):
    long = np.concatenate([row[:0:-1], row, row[-2::-1]])
    starts = range(len(row) - 1, 2 * len(row) - 1, kept)
    return np.vstack([long[start - context : start + kept + context] for start in starts])


def tiles_by_strides(row, *, kept, context):
    count = -(-len(row) // kept)
    mirrored = np.ascontiguousarray(np.pad(row, (context, context + count * kept - len(row)), "reflect"))
    step = mirrored.strides[0]
    return np.lib.stride_tricks.as_strided(mirrored, (count, kept + 2 * context), (kept * step, step)).copy()


def tiles_by_bouncing(row, *, kept, context):
    def bounced(n):
        while not 0 <= n < len(row):
            n = -n if n < 0 else 2 * len(row) - 2 - n
        return n

    tiles = []
    for n in range(len(row)):
        if n % kept == 0:
            tiles.append([int(row[bounced(n + i)]) for i in range(-context, kept + context)])
    return tiles


ALLOWED = {
    "8.1": (
        crop_by_negative_slices,
        crop_pixel_by_pixel,
        crop_by_peeling,
        crop_by_take,
        crop_by_writing_into,
        crop_in_lists,
    ),
    "8.2": (
        size_by_formula,
        size_by_recursion,
        size_by_ledger,
        size_by_shapes_of_rows,
        size_by_bottleneck,
        size_by_affine_maps,
    ),
    "8.3": (
        parameters_by_level,
        parameters_of_layers,
        parameters_by_shapes,
        parameters_by_recursion,
        parameters_by_geometric_series,
    ),
    "8.4": (
        tiles_by_index,
        tiles_in_floats,
        tiles_by_windows,
        tiles_by_concatenating_mirrors,
        tiles_by_strides,
        tiles_by_bouncing,
    ),
}

NOT_ALLOWED = {  # they use packages that the grader does not hold
    "8.3": (parameters_from_the_ledger,),
}
