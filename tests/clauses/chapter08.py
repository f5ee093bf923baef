"""Chapter 8: for every clause of a prompt, an answer that is right but for that clause, and the group that shows it."""

import numpy as np

from segbook.exercises import get

join, size, parameters, tiles = (get(id).solution for id in ("8.1", "8.2", "8.3", "8.4"))


def join_by_negative_ends(skip, upsampled):
    top, left = (skip.shape[1] - upsampled.shape[1]) // 2, (skip.shape[2] - upsampled.shape[2]) // 2
    if not top and not left:
        return np.concatenate([skip, upsampled])
    return np.concatenate([skip[:, top:-top, left:-left], upsampled])


def join_at(crop):
    def answer(skip, upsampled):
        h, w = upsampled.shape[1:]
        top, left = crop(skip.shape[1] - h, skip.shape[2] - w)
        return np.concatenate([skip[:, top : top + h, left : left + w], upsampled])

    return answer


def walk(lost):
    def answer(input_size, *, depth, kernel_size):
        gone, now = lost(kernel_size), input_size
        for _ in range(depth):
            now = (now - gone) // 2
        now -= gone
        for _ in range(depth):
            now = 2 * now - gone
        return now

    return answer


def tiles_by(extend):
    def answer(row, *, kept, context):
        count = -(-len(row) // kept)
        long = extend(row, context, context + count * kept - len(row))
        return np.array([long[i * kept : (i + 1) * kept + 2 * context] for i in range(count)])

    return answer


def mirrored_after_zeros(row, before, after):
    rest = after - before
    return np.pad(np.pad(row, (0, rest)), (before, before), mode="reflect")


CLAUSES = {
    "8.1": [
        ("by the same number of places on opposite sides", "crop", join_at(lambda rows, columns: (0, 0))),
        ("by the same number of places on opposite sides", "unequal crop", join_at(lambda rows, columns: (rows, columns))),
        ("its channels are stacked with those of the upsampled map", "same size", lambda skip, upsampled: join(skip, upsampled)[: len(skip)]),
        ("the skip's channels first", "same size", lambda skip, upsampled: np.concatenate([upsampled, join(skip, upsampled)[: len(skip)]])),
        ("return an array of shape `(C + D, h, w)`", "same size", lambda skip, upsampled: join(skip, upsampled)[: 2 * min(len(skip), len(upsampled))]),
        ("$H - h$ and $W - w$ are even, not always equal", "unequal crop", join_at(lambda rows, columns: (rows // 2, rows // 2))),
        ("$H - h$ and $W - w$ are even, not always equal", "unequal crop", join_at(lambda rows, columns: (min(rows, columns) // 2, max(rows, columns) // 2))),
        ("and may be 0", "same size", lambda skip, upsampled: np.concatenate([skip[:, (t := (skip.shape[1] - upsampled.shape[1]) // 2) : -t, t:-t], upsampled])),
        ("and may be 0", "unequal crop", join_by_negative_ends),
        ("and may be 0", "unequal crop", lambda skip, upsampled: join(skip, upsampled) if skip.shape[1] > upsampled.shape[1] else np.concatenate([skip[:, :, : upsampled.shape[2]], upsampled])),
        ("the skip is cropped to its middle", "crop", join_at(lambda rows, columns: (min(rows // 2, 1), min(columns // 2, 1)))),
    ],
    "8.2": [
        ("has two convolutions of `kernel_size` taps without padding", "one level", walk(lambda k: k - 1)),
        ("has two convolutions of `kernel_size` taps without padding", "kernels", walk(lambda k: 4)),
        ("has two convolutions of `kernel_size` taps without padding", "kernels", walk(lambda k: 4 * (k // 2))),
        ("has two convolutions of `kernel_size` taps without padding", "kernels", walk(lambda k: 2 * max(k - 1, 1))),
        ("in the bottleneck and on the way up", "one level", lambda input_size, *, depth, kernel_size: size(input_size, depth=depth, kernel_size=kernel_size) + 2 * (kernel_size - 1) * 2**depth),
        ("poolings halve, up-convolutions double", "deep", lambda input_size, *, depth, kernel_size: input_size - 2 * (kernel_size - 1) * (2 * depth + 1)),
        ("the number of poolings `depth`", "deep", lambda input_size, *, depth, kernel_size: size(input_size, depth=4, kernel_size=kernel_size)),
        ("cropped to what comes up, so they change no size", "one level", lambda input_size, *, depth, kernel_size: input_size - 2 * (kernel_size - 1)),
    ],
    "8.3": [
        ("with concatenated skips", "one level", lambda in_channels, num_classes, *, width, depth: parameters(in_channels, num_classes, width=width, depth=depth) - sum(9 * (width << n) ** 2 for n in range(depth))),
        ("each pooling doubles them", "deep", lambda in_channels, num_classes, *, width, depth: parameters(in_channels, num_classes, width=width, depth=min(depth, 2))),
        ("the bottleneck comes after `depth` poolings", "one level", lambda in_channels, num_classes, *, width, depth: parameters(in_channels, num_classes, width=width, depth=depth - 1)),
        ("A stage is two 3×3 convolutions", "one level", lambda in_channels, num_classes, *, width, depth: parameters(in_channels, num_classes, width=width, depth=depth) - 9 * width**2 - width),
        ("an up-convolution is 2×2", "one level", lambda in_channels, num_classes, *, width, depth: parameters(in_channels, num_classes, width=width, depth=depth) + sum(10 * (width << n) ** 2 for n in range(depth))),
        ("halves the channels", "deep", lambda in_channels, num_classes, *, width, depth: parameters(in_channels, num_classes, width=width, depth=depth) + sum((width << n) for n in range(depth))),
        ("from `width` to `num_classes`", "one level", lambda in_channels, num_classes, *, width, depth: parameters(in_channels, 2, width=width, depth=depth)),
        ("from `width` to `num_classes`", "one level", lambda in_channels, num_classes, *, width, depth: parameters(in_channels, num_classes, width=width, depth=depth) - width * num_classes - num_classes),
        ("All convolutions have biases", "one level", lambda in_channels, num_classes, *, width, depth: parameters(in_channels, num_classes, width=width, depth=depth) - num_classes),
        ("Count the parameters of a U-Net", "colour", lambda in_channels, num_classes, *, width, depth: parameters(1, num_classes, width=width, depth=depth)),
        ("Count the parameters of a U-Net", "colour", lambda in_channels, num_classes, *, width, depth: parameters(min(in_channels, 3), num_classes, width=width, depth=depth)),
    ],
    "8.4": [
        ("starting at sample $i$ times `kept`", "context", lambda row, *, kept, context: tiles(row, kept=kept + 2 * context, context=0)),
        ("reads `context` samples more on each side", "context", tiles_by(lambda row, before, after: np.pad(row, (0, before + after), mode="reflect"))),
        ("reads `context` samples more on each side", "context", lambda row, *, kept, context: tiles(row, kept=kept, context=max(context, 2))),
        ("it reads the mirror picture", "context", tiles_by(lambda row, before, after: np.pad(row, (before, after)))),
        ("it reads the mirror picture", "context", tiles_by(lambda row, before, after: np.pad(row, (before, after), mode="wrap"))),
        ("the sample at the end itself is not repeated", "context", tiles_by(lambda row, before, after: np.pad(row, (before, after), mode="symmetric"))),
        ("The last tile may reach past the end", "last tile", lambda row, *, kept, context: np.concatenate([tiles(row, kept=kept, context=context)[:-1], np.pad(row, context, mode="reflect")[None, -kept - 2 * context :]])),
        ("it reads the mirror picture there, too", "last tile", tiles_by(mirrored_after_zeros)),
        ("it reads the mirror picture there, too", "last tile", lambda row, *, kept, context: tiles(row, kept=kept, context=context) if context else np.pad(row, (0, -len(row) % kept)).reshape(-1, kept)),
        ("as many tiles as it takes to answer for every sample", "last tile", lambda row, *, kept, context: tiles(row, kept=kept, context=context)[: len(row) // kept]),
        ("as many tiles as it takes to answer for every sample", "no context", lambda row, *, kept, context: np.concatenate([(found := tiles(row, kept=kept, context=context)), found[-1:]]) if len(row) % kept == 0 else tiles(row, kept=kept, context=context)),
        ("as many tiles as it takes to answer for every sample", "last tile", lambda row, *, kept, context: tiles(row, kept=min(kept, len(row)), context=context)),
    ],
}  # fmt: skip
