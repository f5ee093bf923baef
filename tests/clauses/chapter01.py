"""Chapter 1: for every clause of a prompt, an answer that is right but for that clause, and the group that shows it."""

import numpy as np
from scipy import ndimage

from segbook.exercises import get

boxes, semantic, lost = (get(id).solution for id in ("1.1", "1.2", "1.3"))


def boxes_without_the_first_id(instances):
    return np.array([boxes(instances == number)[0] for number in np.unique(instances)[1:]]).reshape(-1, 4)


def boxes_in_reading_order(instances):
    ids, first = np.unique(instances, return_index=True)
    order = [number for number in ids[np.argsort(first)] if number]
    return np.array([boxes(instances == number)[0] for number in order])


def boxes_from_first_and_last_pixel(instances):
    found = [np.argwhere(instances == number) for number in np.unique(instances[instances > 0])]
    return np.array([[p[0, 1], p[0, 0], p[-1, 1] + 1, p[-1, 0] + 1] for p in found])


def boxes_of_pieces(instances):
    found = []
    for number in np.unique(instances[instances > 0]):
        for y, x in ndimage.find_objects(ndimage.label(instances == number)[0]):
            found.append([x.start, y.start, x.stop, y.stop])
    return np.array(found)


def boxes_up_to_255(instances):
    return np.array([boxes(instances == number)[0] for number in range(1, 256) if (instances == number).any()])


def semantic_with_background(instances, table):
    _, place = np.unique(instances, return_inverse=True)  # the first id is taken for the background
    order = np.argsort(table[:, 0])
    return np.append(0, table[order, 1])[np.minimum(place, len(table))].reshape(instances.shape)


def semantic_in_table_order(instances, table):
    labels = np.zeros_like(instances)
    for number, (_, label) in zip(np.unique(instances[instances > 0]), table, strict=False):
        labels[instances == number] = label
    return labels


def lost_with(connect, classes_of=lambda semantic: np.unique(semantic[semantic > 0])):
    def answer(instances, classes):
        semantic, count = classes[instances], 0
        for label in classes_of(semantic):
            regions, number = connect(semantic == label)
            for region in range(1, number + 1):
                count += np.unique(instances[regions == region]).size - 1
        return int(count)

    return answer


def one_raster_pass(mask):
    regions, count = np.zeros(mask.shape, int), 0
    for row, column in np.argwhere(mask):
        if column and mask[row, column - 1]:
            regions[row, column] = regions[row, column - 1]
        elif row and mask[row - 1, column]:
            regions[row, column] = regions[row - 1, column]
        else:
            count += 1
            regions[row, column] = count
    return regions, count


def lost_objects_at_large(instances, classes):
    """Counts an object as lost once, however many regions it lies in."""
    found = set()
    semantic = classes[instances]
    for label in np.unique(semantic[semantic > 0]):
        regions, number = ndimage.label(semantic == label)
        for region in range(1, number + 1):
            found |= set(np.unique(instances[regions == region])[1:].tolist())
    return len(found)


CLAUSES = {
    "1.1": [
        ("smallest upright box", "one object", boxes_from_first_and_last_pixel),
        ("its largest column and row", "several", boxes_from_first_and_last_pixel),
        ("0 for background", "one object", boxes_without_the_first_id),
        ("0 for background", "several", boxes_without_the_first_id),
        ("one row `x0, y0, x1, y1` for each id that occurs", "several", boxes_of_pieces),
        ("in ascending order of ids", "several", boxes_in_reading_order),
        ("The columns come first", "one object", lambda instances: boxes(instances)[:, [1, 0, 3, 2]]),
        ("the far edges are exclusive", "one object", lambda instances: boxes(instances) - [0, 0, 1, 1]),
        ("Ids need not be 1, 2, 3", "ids with gaps", lambda instances: boxes(instances.astype(np.uint8))),
        ("Ids need not be 1, 2, 3", "ids with gaps", boxes_up_to_255),
    ],
    "1.2": [
        ("in no particular order", "ids with gaps", semantic_in_table_order),
        ("the ids are whatever numbers the tool gave out", "ids with gaps",
         lambda instances, table: semantic(instances.astype(np.uint8), table.astype(np.uint8))),
        ("0 for background", "ids 1, 2, 3", semantic_with_background),
        ("0 for background", "ids with gaps", semantic_with_background),
        ("return the class of every pixel", "ids that are classes", lambda instances, table: instances),
        ("Background has class 0", "ids 1, 2, 3",
         lambda instances, table: np.where(instances == 0, table[0, 1], semantic(instances, table))),
    ],
    "1.3": [
        ("pixels of one class", "apart", lambda instances, classes: lost_with(ndimage.label)(instances, classes > 0)),
        ("Corners do not connect", "apart", lost_with(lambda mask: ndimage.label(mask, np.ones((3, 3))))),
        ("connected through their edges", "heaps", lost_with(one_raster_pass)),
        ("connected through their edges", "heaps", lost_with(lambda mask: ndimage.label(mask, [[0, 0, 0], [1, 1, 1], [0, 0, 0]]))),
        ("not background", "apart", lambda instances, classes: lost_with(ndimage.label)(instances, np.maximum(classes, 1))),
        ("the class of each id", "apart", lost_with(ndimage.label, lambda semantic: (1, 2))),
        ("of three objects it loses two", "heaps", lambda instances, classes: min(lost(instances, classes), 1)),
        ("return how many objects are lost in all regions together", "two touch", lambda instances, classes: min(lost(instances, classes), 1)),
        ("may lie in two regions; that is no loss", "cut",
         lambda instances, classes: len(np.unique(instances[instances > 0])) - sum(ndimage.label(classes[instances] == c)[1] for c in range(1, classes.max() + 1))),
        ("may lie in two regions; that is no loss", "cut", lost_objects_at_large),
        ("`classes` may be longer than the map needs", "apart",
         lambda instances, classes: len(classes) - 1 - sum(ndimage.label(classes[instances] == c)[1] for c in range(1, classes.max() + 1))),
        ("from a map of ids", "two touch", lambda instances, classes: lost(instances.astype(np.uint8), classes)),
    ],
}  # fmt: skip
