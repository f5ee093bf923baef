"""Prediction by overlapping tiles, mirrored at the border."""

import warnings
from collections.abc import Iterator
from itertools import product

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from segbook.checks import check_number
from segbook.models import Tileable, crop_centre
from segbook.models.tiling import Tiling, unwrap
from segbook.train.hardware import device_of
from segbook.train.images import check_images, describe, to_numbers_of

PIXELS = 2**20  # that a model gets at a time, unless a tile is asked for: a map of 64 channels then takes 256 MiB
MULTIPLES = (1, 2, 4, 8, 16, 32, 64)  # that are tried where a model does not say which sizes it takes


@torch.no_grad()
def predict(
    model: nn.Module,
    images: Tensor | np.ndarray,
    *,
    tile: int | None = None,
    context: int | None = None,
    multiple: int | None = None,
) -> Float[Tensor, "N C H W"]:
    """Answer for every pixel of images of any size, tile by tile, mirrored where the model looks past the border.

    A tile is read with `context` pixels around the part that is kept, so that every kept pixel sees what it would have
    seen in one pass: the answers do not depend on `tile`. Tiles also start on the grid of the model's pooling, at
    multiples of its `total_stride`, and overlap where they must.

    Args:
        model: Maps images to logits of the same size, or smaller by the same on both sides, or to a dict that has them
            under "out" or "logits". Put into evaluation mode while it predicts. A `Tileable` says itself what is needed
            to cut tiles, also from inside `DataParallel`, `DistributedDataParallel`, `torch.compile` or a `Sequential`
            of one.
        images: (N, C_in, H, W) on any device; tiles are moved to the model's, answers come back. Floats scaled as they
            were for training, or uint8, which is divided by 255.
        tile: Height and width in pixels of what the model is given at a time, rounded up to a legal size. If None, the
            whole image at once, or, of a `Tileable`, tiles from about a million pixels on.
        context: Pixels around the kept part; what a `Tileable` says if None. A padded model also runs with less, down
            to 0: faster, and a little wrong near seams and borders. No context is enough for a model that looks at the
            whole image (global pooling, instance or group norm): predict it whole.
        multiple: Only for a model that does not say: its heights and widths must be multiples of this; 2^depth of most
            U-Nets, 1 where nothing is halved. Needed with `tile` or `context`; else 1, 2, 4, … 64 are tried.

    Returns:
        Logits, one vector for each pixel of the images.

    Raises:
        ValueError: If images or logits have other shapes, a tile keeps nothing, the model returns less than is kept or
            more than it was given, or tiles are asked of a model that does not say how.

    Warns:
        UserWarning: If tiles are nearly all context, so that they compute more than eight times the pixels of one pass.

    Source: Ronneberger et al. (2015), figure 2 (overlap-tile strategy).
    Departs: the paper's tiles lie side by side. Its output of 388 = 24·16 + 4 pixels is no multiple of 2^depth: pooling
        windows would fall differently in every tile, and the answers would change a little with `tile`.

    >>> predict(nn.Conv2d(1, 3, 1), torch.zeros(1, 1, 50, 70), tile=32, context=0, multiple=1).shape
    torch.Size([1, 3, 50, 70])
    """
    images = check_images(images)
    said = _tiling(model, context, multiple, wanted=tile is not None)
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        if said is None:
            return _whole(model, images, [multiple] if multiple else MULTIPLES)
        return _tiled(model, images, tile, said, context=said.context if context is None else context)
    finally:
        for module, training in modes:  # one by one: a frozen batch norm stays in evaluation mode
            module.training = training


def _tiling(model: nn.Module, context: int | None, multiple: int | None, *, wanted: bool) -> Tileable | None:
    """Ask the model, or else the user, how to cut tiles; None if neither says and the whole image will do."""
    if context is not None:
        check_number("context", context, whole=True)
    if multiple is not None:
        check_number("multiple", multiple, 1, whole=True)
    bare = unwrap(model)
    if isinstance(bare, Tileable):
        if multiple is not None:
            raise ValueError(f"{type(bare).__name__} says itself which sizes it takes: leave out multiple={multiple}")
        return bare
    if context is not None and multiple is not None:
        return Tiling(context, multiple)
    if not wanted and context is None:
        return None
    message = (
        f"{type(bare).__name__} does not say how to cut tiles (see segbook.models.Tileable): give context, the pixels "
        "on each side that an output pixel looks at, and multiple, such as 16 for four poolings, or 1 for none"
    )
    held = next((module for module in bare.modules() if isinstance(module, Tileable)), None)
    if held is not None:
        message += (
            f". It holds a {type(held).__name__}, which says context={held.context} and multiple={held.total_stride}, "
            "but may do more than that: hand in what it holds, or these numbers if it does not"
        )
    raise ValueError(message)


def _whole(model: nn.Module, images: Tensor, multiples: list[int] | tuple[int, ...]) -> Tensor:
    """Run the model on the images, mirrored up to the first multiple that it takes."""
    height, width = images.shape[-2:]
    failed, tried = None, set()
    for multiple in multiples:
        sizes = [Tiling(0, multiple).legal_input_size(size) for size in (height, width)]
        if tuple(sizes) in tried:
            continue
        tried.add(tuple(sizes))
        rows, columns = (_mirrored(0, read, size) for read, size in zip(sizes, (height, width), strict=True))
        try:
            return torch.cat([
                _logits(model, some, rows, columns, same_size=True).to(images.device)[..., :height, :width]
                for some in images.split(max(1, PIXELS // (sizes[0] * sizes[1])))
            ])  # fmt: skip
        except torch.cuda.OutOfMemoryError:
            raise
        except (RuntimeError, ValueError) as error:
            failed = failed or error
    raise ValueError(
        f"{type(unwrap(model)).__name__} gives no logits for images {tuple(images.shape)}, mirrored up to multiples of "
        f"{', '.join(map(str, multiples))} (give another multiple if it needs one, and context, too, if it loses its "
        f"border): {failed}"
    ) from failed


def _tiled(model: nn.Module, images: Tensor, tile: int | None, said: Tileable, *, context: int) -> Tensor:
    """Cut tiles along both axes, and put together what is kept of their logits."""
    height, width = images.shape[-2:]
    once = [said.legal_input_size(size + 2 * context) for size in (height, width)]  # read in one pass
    if tile is None:
        # Large enough to keep two thirds along each axis, and so to compute little more than twice what one pass does.
        large = said.legal_input_size(max(int(PIXELS**0.5) - said.total_stride + 1, 6 * context))
        tiles = once if once[0] * once[1] <= PIXELS else [min(read, large) for read in once]
    else:
        check_number("tile", tile, 1, whole=True)
        tiles = [said.legal_input_size(tile)] * 2
    steps = [_step(size, tile, context, said) for size, tile in zip((height, width), tiles, strict=True)]
    starts = [range(0, size, step) for size, step in zip((height, width), steps, strict=True)]
    work = len(starts[0]) * len(starts[1]) * tiles[0] * tiles[1] / (once[0] * once[1])
    if tile is not None and work > 8 and len(starts[0]) * len(starts[1]) > 1:
        warnings.warn(
            f"a tile of {tiles[0]} pixels keeps {tiles[0] - 2 * context} between {context} of context on each side, so "
            f"that {work:.0f} times as many pixels are computed as in one pass. With tile="
            f"{said.legal_input_size(6 * context)} it would be little more than twice as many; None finds a tile",
            stacklevel=4,
        )
    kept = tiles[0] - 2 * context, tiles[1] - 2 * context
    exact = isinstance(said, Tiling)
    answer = images.new_empty(0)  # until the first tile tells the number of classes
    for top, left in product(*starts):
        rows, columns = (
            _mirrored(start - context, read, size)
            for start, read, size in zip((top, left), tiles, (height, width), strict=True)
        )
        high, wide = min(kept[0], height - top), min(kept[1], width - left)
        for first, some in _split(images, max(1, PIXELS // (tiles[0] * tiles[1]))):
            logits = _logits(model, some, rows, columns)
            logits = _middle(logits, tiles, kept, exact=exact)
            if answer.ndim == 1:
                answer = logits.new_empty(len(images), logits.shape[1], height, width, device=images.device)
            answer[first : first + len(some), :, top : top + high, left : left + wide] = logits[:, :, :high, :wide]
    return answer


def _split(images: Tensor, count: int) -> Iterator[tuple[int, Tensor]]:
    """Yield some images at a time, and the number of the first."""
    for number, some in enumerate(images.split(count)):
        yield number * count, some


def _step(size: int, tile: int, context: int, said: Tileable) -> int:
    """Say how far apart tiles start along an axis of `size` pixels: on the model's grid, unless one tile is enough."""
    kept, grid = tile - 2 * context, said.total_stride
    if kept >= size:
        return size
    if kept < grid:
        raise ValueError(
            f"a tile of {tile} pixels keeps {max(kept, 0)} between {context} of context on each side, but {grid} are "
            f"needed: make it at least {said.legal_input_size(2 * context + grid)}"
        )
    return kept // grid * grid


def _mirrored(start: int, read: int, size: int) -> Tensor:
    """List `read` indices from `start` on along an axis of `size` pixels, mirrored at both ends."""
    period = max(2 * (size - 1), 1)
    phase = torch.arange(start, start + read) % period
    return torch.minimum(phase, period - phase)


def _logits(model: nn.Module, images: Tensor, rows: Tensor, columns: Tensor, *, same_size: bool = False) -> Tensor:
    """Run the model on the rows and columns that it is to see, and check what comes back."""
    rows, columns = rows.to(images.device), columns.to(images.device)
    given = to_numbers_of(model, images[:, :, rows][..., columns].to(device_of(model)))
    returned = model(given)
    held = [returned[key] for key in ("out", "logits") if key in returned] if isinstance(returned, dict) else [returned]
    logits = held[0] if held else returned
    if (
        not isinstance(logits, Tensor)
        or logits.ndim != 4
        or len(logits) != len(given)
        or not logits.is_floating_point()
    ):
        raise ValueError(
            "the model must return logits (N, K, h, w) of floats, or a dict with them as 'out' or 'logits': for images "
            f"{tuple(given.shape)} it returned {describe(returned)}"
        )
    read, got = tuple(given.shape[-2:]), tuple(logits.shape[-2:])
    if got[0] > read[0] or got[1] > read[1] or (same_size and got != read):
        count = "each" if same_size else "no more"
        raise ValueError(f"of {read} pixels the model answers for {got}: it must answer for {count} of them")
    return logits


def _middle(logits: Tensor, read: list[int], kept: tuple[int, int], *, exact: bool) -> Tensor:
    """Keep the middle of a tile; `exact`: the model may return all that was read, or the middle, and nothing else."""
    got = tuple(logits.shape[-2:])
    lost = [before - after for before, after in zip(read, got, strict=True)]
    if exact and got not in (tuple(read), kept):
        raise ValueError(
            f"of {tuple(read)} pixels the model answers for {got}: with context {(read[0] - kept[0]) // 2} it must be "
            f"for all or for {kept}. If it loses {lost[0]} and {lost[1]} at the border, half of that is its context"
        )
    if exact and any(lost) and not any(before % after for before, after in zip(read, got, strict=True)):
        raise ValueError(
            f"of {tuple(read)} pixels the model answers for {got}: whether it loses its border or skips pixels cannot "
            "be told. Make the tile another size"
        )
    try:
        return crop_centre(logits, kept)
    except ValueError as error:
        raise ValueError(f"{error}: set context to what the model loses on each side") from error
