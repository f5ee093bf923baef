"""Mistakes in the exercises of chapter 1, written as a learner would and not as the declarations do."""

import numpy as np
from scipy import ndimage
from skimage.measure import label, regionprops


def boxes_rows_first(instances):
    return np.array([p.bbox for p in regionprops(instances)])


def boxes_to_the_last_pixel(instances):
    found = [np.argwhere(instances == number)[:, ::-1] for number in np.unique(instances[instances > 0])]
    return np.array([[*pixels.min(axis=0), *pixels.max(axis=0)] for pixels in found])


def labels_by_place_in_the_table(instances, table):
    labels = np.zeros_like(instances)
    for place, number in enumerate(np.unique(instances[instances > 0])):
        labels[instances == number] = table[place][1]
    return labels


def lost_with_pooled_classes(instances, classes):
    regions, count = ndimage.label(instances)
    return sum(len(np.unique(instances[regions == r])) - 1 for r in range(1, count + 1))


def lost_with_corners(instances, classes):
    regions = label(classes[instances], background=0, connectivity=2)
    return len({*zip(regions[regions > 0], instances[regions > 0], strict=True)}) - regions.max()


def boxes_of_all_numbers(instances):
    boxes = []
    for number in range(1, instances.max() + 1):
        y, x = np.where(instances == number)
        boxes.append((x.min(), y.min(), x.max() + 1, y.max() + 1))
    return np.array(boxes)


def lost_as_all_of_a_shared_region(instances, classes):
    semantic, total = classes[instances], 0
    for one in np.unique(semantic[semantic > 0]):
        regions, count = ndimage.label(semantic == one)
        for region in range(1, count + 1):
            inside = len(np.unique(instances[regions == region]))
            total += inside if inside > 1 else 0
    return total


MISTAKES = [  # exercise, answer, the misconception that it is
    ("1.1", boxes_rows_first, "x and y exchanged"),
    ("1.1", boxes_to_the_last_pixel, "far edges inclusive"),
    ("1.2", labels_by_place_in_the_table, "table taken as sorted"),
    ("1.2", lambda instances, table: instances, "ids taken as classes"),
    ("1.3", lost_with_pooled_classes, "classes pooled"),
    ("1.3", lost_with_corners, "corners connect"),
    ("1.1", boxes_of_all_numbers, "every number up to the largest id"),
    ("1.3", lost_as_all_of_a_shared_region, "every object that touches"),
]
