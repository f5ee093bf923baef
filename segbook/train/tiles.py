"""Prediction by overlapping tiles, mirrored at the border."""

from collections.abc import Callable, Iterator

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from segbook.models import crop_centre
from segbook.train.hardware import device_of


@torch.no_grad()
def predict(
    model: nn.Module, images: Float[Tensor, "N C_in H W"], *, tile: int | None = None, context: int | None = None
) -> Float[Tensor, "N C H W"]:
    """Answer for every pixel of images of any size, tile by tile, mirrored where the model looks past the border.

    A tile is read with `context` pixels around the part that is kept, so that every kept pixel sees what it would have
    seen in one pass: the answers do not depend on `tile`. Tiles also start on the grid of the model's pooling, at
    multiples of `model.total_stride`, and overlap where they must.

    Args:
        model: Maps images to logits of the same size, or smaller by the same on both sides. Put into evaluation mode
            while it predicts.
        images: Images on any device; tiles are moved to the model's, answers come back.
        tile: Height and width in pixels of what the model is given at a time; the whole image at once if None.
        context: Pixels around the kept part; `model.context` if None (0 if the model has none). A padded model also
            runs with less, down to 0: faster, and a little wrong near seams and borders.

    Returns:
        Logits, one vector for each pixel of the images.

    Raises:
        ValueError: If the tile keeps nothing, or the model returns less than is kept.

    Source: Ronneberger et al. (2015), figure 2 (overlap-tile strategy).
    Departs: the paper's tiles lie side by side. Its output of 388 = 24·16 + 4 pixels is no multiple of 2^depth: pooling
        windows would fall differently in every tile, and the answers would change a little with `tile`.

    >>> predict(nn.Conv2d(1, 3, 1), torch.zeros(1, 1, 50, 70), tile=32).shape
    torch.Size([1, 3, 50, 70])
    """
    around: int = getattr(model, "context", 0) if context is None else context
    legal_size = getattr(model, "legal_input_size", lambda at_least: at_least)
    grid = getattr(model, "total_stride", 1)
    rows, columns = ([*_tiles(size, tile, around, grid, legal_size)] for size in images.shape[-2:])
    device, was_training = device_of(model), model.training
    answer = images.new_empty(0)  # until the first tile tells the number of classes
    model.eval()
    try:
        for top, high, read_rows in rows:
            for left, wide, read_columns in columns:
                logits = model(images[:, :, read_rows][..., read_columns].to(device))
                kept = len(read_rows) - 2 * around, len(read_columns) - 2 * around
                try:
                    logits = crop_centre(logits, kept)
                except ValueError as error:
                    raise ValueError(f"{error}: set context to what the model loses on each side") from error
                if answer.ndim == 1:
                    answer = logits.new_empty(*logits.shape[:2], *images.shape[-2:], device=images.device)
                answer[:, :, top : top + high, left : left + wide] = logits[:, :, :high, :wide]
    finally:
        model.train(was_training)
    return answer


def _tiles(
    size: int, tile: int | None, context: int, grid: int, legal_size: Callable[[int], int]
) -> Iterator[tuple[int, int, Int[Tensor, "tile"]]]:
    """Yield, along one axis, where each kept part starts, its length, and the mirrored indices that the tile reads."""
    tile = legal_size(size + 2 * context) if tile is None else tile
    kept = tile - 2 * context
    step = size if kept >= size else kept // grid * grid
    if step < 1:
        raise ValueError(
            f"a tile of {tile} pixels keeps {max(kept, 0)} between {context} of context on each side, but {grid} are "
            f"needed: make it at least {legal_size(2 * context + grid)}"
        )
    period = max(2 * (size - 1), 1)
    for start in range(0, size, step):
        phase = torch.arange(start - context, start - context + tile) % period
        yield start, min(kept, size - start), torch.minimum(phase, period - phase)
