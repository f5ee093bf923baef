"""Chapter 5: for every clause of a prompt, an answer that is right but for that clause, and the group that shows it."""

import numpy as np

from segbook.exercises import get

size, conv, unread, wheel = (get(id).solution for id in ("5.1", "5.2", "5.3", "5.4"))


def size_by(rule):
    def answer(input_size, kernel_size, *, stride, padding, dilation):
        room = input_size + 2 * padding - dilation * (kernel_size - 1) - 1
        return int(rule(room, stride))

    return answer


def unread_by(place):
    def answer(input_size, kernel_size, *, stride, padding, dilation):
        mask = np.ones(input_size, bool)
        for n in range((input_size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1):
            for j in range(kernel_size):
                at = place(n, j, stride, padding, dilation, input_size)
                if at < input_size:
                    mask[at] = False
        return mask

    return answer


def unread_by_slices(input_size, kernel_size, *, stride, padding, dilation):
    mask = np.ones(input_size, bool)
    for n in range((input_size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1):
        for j in range(kernel_size):
            start = n * stride + j * dilation - padding
            mask[start : start + 1] = False
    return mask


CLAUSES = {
    "5.1": [
        ("Add `padding` zeros on each side of the signal", "padding", lambda input_size, kernel_size, *, padding, **rest: size(input_size + padding, kernel_size, padding=0, **rest)),
        ("Add `padding` zeros on each side of the signal", "padding", lambda input_size, kernel_size, *, padding, **rest: size(max(input_size, kernel_size), kernel_size, padding=padding, **rest)),
        ("The first window starts at the first place", "stride 1", size_by(lambda room, s: room // s)),
        ("each further one starts `stride` places after the one before", "larger strides", size_by(lambda room, s: room + 1)),
        ("each further one starts `stride` places after the one before", "larger strides", size_by(lambda room, s: max(room // s, 1) + 1)),
        ("all of them must end inside", "larger strides", size_by(lambda room, s: -(-room // s) + 1)),
        ("all of them must end inside", "larger strides", size_by(lambda room, s: round(room / s) + 1)),
        ("all of them must end inside", "stride 1", lambda input_size, kernel_size, **rest: size(input_size, 2 * (kernel_size // 2) + 1, **rest)),
        ("neighbouring taps of the kernel lie $d$ places apart", "dilation", lambda input_size, kernel_size, *, dilation, **rest: size(input_size, kernel_size * dilation, dilation=1, **rest)),
        ("neighbouring taps of the kernel lie $d$ places apart", "dilation", lambda input_size, kernel_size, *, dilation, stride, padding: size(input_size, kernel_size, dilation=dilation if padding else 1, stride=stride, padding=padding)),
        ("all arguments are whole numbers, and so is the result", "larger strides", lambda input_size, kernel_size, *, stride, padding, dilation: (input_size + 2 * padding - dilation * (kernel_size - 1) - 1) / stride + 1),
        ("You may assume that at least one window fits", "stride 1", size_by(lambda room, s: max(room // s, 1) + 1)),
    ],
    "5.2": [
        ("multiply each sample by its tap, and add the products", "stride 1", lambda x, weight, *, stride: conv(np.trunc(x), weight, stride=stride)),
        ("Move the kernel on by `stride` samples", "larger strides", lambda x, weight, *, stride: conv(x, weight, stride=min(stride, len(weight)))),
        ("as long as it fits", "larger strides", lambda x, weight, *, stride: conv(np.pad(x, (0, stride - 1)), weight, stride=stride)),
        ("as long as it fits", "stride 1", lambda x, weight, *, stride: np.array([x[n : n + len(weight)] @ weight for n in range(0, max(len(x) - len(weight), 1), stride)])),
        ("the kernel is not flipped", "stride 1", lambda x, weight, *, stride: np.convolve(x, weight, "valid")[::stride]),
        ("There is no padding", "stride 1", lambda x, weight, *, stride: np.correlate(x, weight, "same")[::stride]),
        ("`x` of shape `(input_size,)` and `weight` of shape `(kernel_size,)`", "stride 1", lambda x, weight, *, stride: np.correlate(x, weight, "valid")[::stride] if len(x) > len(weight) else np.zeros(0)),
    ],
    "5.3": [
        ("A sample is read if some tap of some window stands on it", "gaps", lambda input_size, kernel_size, *, stride, **rest: unread(input_size, max(kernel_size, stride), stride=stride, **rest) if stride > kernel_size and input_size > stride else unread(input_size, kernel_size, stride=stride, **rest)),
        ("padding adds zeros before the first sample and after the last one", "padding", lambda input_size, kernel_size, *, padding, **rest: unread(input_size + padding, kernel_size, padding=0, **rest)[padding:]),
        ("the first window starts at the first place of the padded signal", "padding", lambda input_size, kernel_size, *, padding, **rest: unread(input_size, kernel_size, padding=0, **rest)),
        ("the first window starts at the first place of the padded signal", "gaps", lambda input_size, kernel_size, *, padding, stride, dilation: unread(input_size, kernel_size, padding=padding if stride <= kernel_size else 0, stride=stride, dilation=dilation)),
        ("the first window starts at the first place of the padded signal", "holes", lambda input_size, kernel_size, *, padding, stride, dilation: unread(input_size, kernel_size, padding=padding if dilation == 1 else 0, stride=stride, dilation=dilation)),
        ("The zeros themselves are not samples", "padding", unread_by(lambda n, j, s, p, d, size: n * s + j * d - p)),
        ("The zeros themselves are not samples", "padding", unread_by_slices),
        ("The zeros themselves are not samples", "gaps", unread_by(lambda n, j, s, p, d, size: max(n * s + j * d - p, 0))),
        ("neighbouring taps lie $d$ places apart", "holes", lambda input_size, kernel_size, *, dilation, **rest: unread(input_size, dilation * (kernel_size - 1) + 1, dilation=1, **rest)),
        ("neighbouring taps lie $d$ places apart", "holes", lambda input_size, kernel_size, *, dilation, **rest: unread(input_size, kernel_size, dilation=1, **rest)),
        ("return a mask of shape `(input_size,)`", "padding", lambda input_size, kernel_size, *, padding, **rest: unread(input_size + 2 * padding, kernel_size, padding=0, **rest)),
        ("True at each sample that no window reads", "tail", lambda input_size, kernel_size, **rest: ~unread(input_size, kernel_size, **rest)),
    ],
    "5.4": [
        ("`frames` pictures a second", "backwards", lambda turns, spokes, frames: wheel(turns, spokes, 24.0)),
        ("turns clockwise, `turns` times a second", "clockwise", lambda turns, spokes, frames: -wheel(turns, spokes, frames)),
        ("their number is `spokes`", "backwards", lambda turns, spokes, frames: wheel(turns, 1, frames)),
        ("their number is `spokes`", "fast", lambda turns, spokes, frames: wheel(turns, max(spokes, 2), frames)),
        ("the smallest movement that fits", "backwards", lambda turns, spokes, frames: turns % (frames / spokes)),
        ("the smallest movement that fits", "fast", lambda turns, spokes, frames: turns - frames / spokes if turns > frames / spokes / 2 else turns),
        ("How many times a second", "clockwise", lambda turns, spokes, frames: wheel(turns, spokes, frames) / frames),
        ("Clockwise counts as positive", "clockwise", lambda turns, spokes, frames: -abs(wheel(turns, spokes, frames))),
        ("counter-clockwise as negative", "backwards", lambda turns, spokes, frames: abs(wheel(turns, spokes, frames))),
    ],
}  # fmt: skip
