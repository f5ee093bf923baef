"""One ground truth, several answers: what each task of computer vision keeps of the same instance labels.

Instances are the richest view; class labels and boxes follow from them, and nothing leads back.
"""

import torch
from jaxtyping import Bool, Int64, Integer
from scipy import ndimage
from torch import Tensor

from segbook.inputs import Array, Whole, as_ids, as_whole


def semantic_labels(instances: Integer[Array, "H W"], classes: Integer[Array, " ids"]) -> Int64[Tensor, "H W"]:
    """Replace every id by its class: things of one class that touch become one region.

    Args:
        instances: Ids, 0 = background.
        classes: The class index of each id, `classes[id]`; id 0 is background and has class 0.

    Raises:
        ValueError: If the ids are not whole numbers of at least 0 in (H, W), an id has no entry in the table, or the
            table gives id 0 a class other than 0.

    Source: notes N1.

    >>> semantic_labels(torch.tensor([[0, 1, 2, 3]]), torch.tensor([0, 1, 1, 2]))
    tensor([[0, 1, 1, 2]])
    """
    ids = as_ids("instances", instances)
    table = as_whole("classes", classes).to(ids.device)
    if table.ndim != 1 or len(table) == 0 or table[0] != 0:
        raise ValueError(f"classes must be one row with classes[0] == 0: got shape {tuple(table.shape)}, {table}")
    if ids.max() >= len(table):
        raise ValueError(f"instances hold id {ids.max()}, classes end at id {len(table) - 1}")
    return table[ids]


def bounding_boxes(
    instances: Integer[Array, "H W"],
) -> tuple[Int64[Tensor, " M"], Int64[Tensor, "M 4"]]:
    """Draw the tightest upright rectangle around every id.

    A box is x0, y0, x1, y1 and half-open: it covers the columns x0 … x1 − 1 and the rows y0 … y1 − 1, so its width is
    x1 − x0. An id of several pieces has one box around all of them. An id that no pixel carries has no box, so row i
    belongs to `ids[i]`, not to id i + 1.

    Args:
        instances: Ids, 0 = background.

    Returns:
        The ids that occur, ascending, without background; and their boxes in pixels, one row for each.

    Raises:
        ValueError: If the ids are not whole numbers of at least 0 in (H, W).

    Source: notes N1; the convention of `torchvision.ops.masks_to_boxes`, but for the exclusive end.

    >>> ids, boxes = bounding_boxes(torch.tensor([[0, 7, 7], [0, 7, 0]]))
    >>> ids, boxes
    (tensor([7]), tensor([[1, 0, 3, 2]]))
    """
    ids = as_ids("instances", instances).cpu()
    boxes = [[x.start, y.start, x.stop, y.stop] for y, x in ndimage.find_objects(contiguous_ids(ids).numpy())]
    return ids[ids > 0].unique(), torch.tensor(boxes, dtype=torch.int64).reshape(-1, 4)


def contiguous_ids(instances: Integer[Array, "H W"]) -> Int64[Tensor, "H W"]:
    """Number the ids anew, 1, 2, 3 …, in ascending order and without holes; the regions stay as they are.

    Args:
        instances: Ids, 0 = background.

    Raises:
        ValueError: If the ids are not whole numbers of at least 0 in (H, W).

    >>> contiguous_ids(torch.tensor([[0, 900, 7, 900]]))
    tensor([[0, 2, 1, 2]])
    """
    ids, index = as_ids("instances", instances).unique(return_inverse=True)
    return index + int((ids > 0).all())  # without background, the smallest id would become 0


def touching_pairs(instances: Integer[Array, "H W"]) -> Int64[Tensor, "P 2"]:
    """List the pairs of ids that touch: somewhere a pixel of one is among the 8 neighbours of a pixel of the other.

    Args:
        instances: Ids, 0 = background.

    Returns:
        Each pair once, the smaller id first, in ascending order.

    Raises:
        ValueError: If the ids are not whole numbers of at least 0 in (H, W).

    >>> touching_pairs(torch.tensor([[1, 0, 3], [0, 2, 0]]))  # corners touch too
    tensor([[1, 2],
            [2, 3]])
    """
    ids = as_ids("instances", instances)
    sides = [(ids[:, :-1], ids[:, 1:]), (ids[:-1], ids[1:]), (ids[:-1, :-1], ids[1:, 1:]), (ids[:-1, 1:], ids[1:, :-1])]
    found = torch.cat([torch.stack((a[_touch(a, b)], b[_touch(a, b)]), dim=1) for a, b in sides])
    return found.sort(dim=1).values.unique(dim=0)


def semantic_regions(labels: Whole[Array, "H W"]) -> Int64[Tensor, "H W"]:
    """Number the connected regions of every class: all that a semantic map still says about single objects.

    Pixels connect through edges, not through corners. Numbers run class by class, in each class in the order of the
    regions' first pixels, row by row.

    Args:
        labels: Class indices, 0 = background.

    Returns:
        Regions 1, 2, 3 …; 0 is background.

    Raises:
        ValueError: If the labels are not whole numbers of at least 0 in (H, W).

    >>> semantic_regions(torch.tensor([[2, 2, 1], [0, 1, 0]]))
    tensor([[3, 3, 1],
            [0, 2, 0]])
    """
    classes = as_ids("labels", as_whole("labels", labels)).cpu()
    regions = torch.zeros(classes.shape, dtype=torch.int64)
    for index in classes[classes > 0].unique():
        found = torch.from_numpy(ndimage.label((classes == index).numpy())[0]).long()
        regions = torch.where(found > 0, found + regions.max(), regions)
    return regions


def lost_and_cut(instances: Integer[Array, "H W"], regions: Integer[Array, "H W"]) -> tuple[int, int]:
    """Count what counting regions gets wrong: objects that share a region, and regions that share an object.

    A region with n ids loses n − 1 of them, an object in n regions is cut n − 1 times, so that always
    regions = objects − lost + cut.

    Args:
        instances: Ids, 0 = background.
        regions: From `semantic_regions` of the same scene: background where the instances have it.

    Returns:
        Objects lost, and cuts.

    Raises:
        ValueError: If either is not whole numbers of at least 0 in (H, W), or their backgrounds differ.

    Source: the book's own definition.

    >>> instances = torch.tensor([[1, 1, 2, 3, 2]])
    >>> labels = semantic_labels(instances, torch.tensor([0, 1, 1, 2]))
    >>> lost_and_cut(instances, semantic_regions(labels))  # 1 and 2 share a region, and 3 cuts 2
    (1, 1)
    """
    ids, groups = as_ids("instances", instances).cpu(), as_ids("regions", regions).cpu()
    if ids.shape != groups.shape or not torch.equal(ids > 0, groups > 0):
        raise ValueError(
            f"instances and regions must have one size and one background: got shapes {tuple(ids.shape)} and "
            f"{tuple(groups.shape)}, {int((ids > 0).sum())} and {int((groups > 0).sum())} pixels of objects"
        )
    pairs = torch.stack((ids[ids > 0], groups[ids > 0])).unique(dim=1)
    num_objects, num_regions = (len(row.unique()) for row in pairs)
    return pairs.shape[1] - num_regions, pairs.shape[1] - num_objects


def _touch(a: Int64[Tensor, "h w"], b: Int64[Tensor, "h w"]) -> Bool[Tensor, "h w"]:
    return (a != b) & (a > 0) & (b > 0)
