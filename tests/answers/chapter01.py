"""Right answers to the exercises of chapter 1 that other people would write."""

import numpy as np
from scipy import ndimage


def boxes_by_any(instances):
    boxes = []
    for number in sorted(set(instances.ravel().tolist()) - {0}):
        columns = np.flatnonzero((instances == number).any(axis=0))
        rows = np.flatnonzero((instances == number).any(axis=1))
        boxes.append((columns[0], rows[0], columns[-1] + 1, rows[-1] + 1))
    return np.array(boxes, dtype=np.float64)


def boxes_by_find_objects(instances):
    found = [place for place in ndimage.find_objects(instances) if place]
    return np.array([[x.start, y.start, x.stop, y.stop] for y, x in found], dtype=np.int32)


def boxes_by_loops(instances):
    boxes = {}
    for (y, x), number in np.ndenumerate(instances):
        if number:
            x0, y0, x1, y1 = boxes.get(number, (x, y, x + 1, y + 1))
            boxes[number] = [min(x, x0), min(y, y0), max(x + 1, x1), max(y + 1, y1)]
    return np.array([boxes[number] for number in sorted(boxes)])


def labels_by_lookup(instances, table):
    classes = np.zeros(instances.max() + 1, dtype=np.uint8)
    seen = table[table[:, 0] <= instances.max()]
    classes[seen[:, 0]] = seen[:, 1]
    return classes[instances]


def labels_by_sum(instances, table):
    return sum((instances == number) * label for number, label in table)


def labels_by_dictionary(instances, table):
    classes = dict([(0, 0), *map(tuple, table.tolist())])
    return np.vectorize(classes.get)(instances).astype(float)


def lost_by_scipy(instances, classes):
    lost = 0
    for index in range(1, classes.max() + 1):
        regions, count = ndimage.label(classes[instances] == index)
        lost += sum(len(np.unique(instances[regions == r])) - 1 for r in range(1, count + 1))
    return lost


def lost_by_filling(instances, classes):
    height, width = instances.shape
    labels, seen, lost = classes[instances], set(), 0
    for start in np.ndindex(height, width):
        if start in seen or labels[start] == 0:
            continue
        stack, ids = [start], set()
        while stack:
            y, x = stack.pop()
            if (y, x) in seen or not (0 <= y < height and 0 <= x < width) or labels[y, x] != labels[start]:
                continue
            seen.add((y, x))
            ids.add(instances[y, x])
            stack += [(y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)]
        lost += len(ids) - 1
    return np.int64(lost)


ALLOWED = {
    "1.1": (boxes_by_any, boxes_by_loops),
    "1.2": (labels_by_lookup, labels_by_sum, labels_by_dictionary),
    "1.3": (lost_by_filling,),
}

NOT_ALLOWED = {  # they use packages that the grader does not hold
    "1.1": (boxes_by_find_objects,),
    "1.3": (lost_by_scipy,),
}
