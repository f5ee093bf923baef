"""Right answers to the exercises of chapter 11 that other people would write."""

import numpy as np


def leaking_by_isin(train_fields, test_fields):
    return np.isin(test_fields, train_fields)


def leaking_in_plain_python(train_fields, test_fields):
    seen = set(train_fields.tolist())
    return [field in seen for field in test_fields.tolist()]


def leaking_by_loops(train_fields, test_fields):
    found = np.zeros(len(test_fields), bool)
    for field in train_fields:
        found |= test_fields == field
    return found


def leaking_by_sorting(train_fields, test_fields):
    fields = np.sort(train_fields)
    place = np.minimum(np.searchsorted(fields, test_fields), len(fields) - 1)
    return fields[place] == test_fields


def leaking_by_intersection(train_fields, test_fields):
    shared = np.intersect1d(train_fields, test_fields)
    return np.array([bool((shared == field).sum()) for field in test_fields])


def leaking_by_distance(train_fields, test_fields):
    return np.abs(np.subtract.outer(test_fields, train_fields)).min(axis=1) == 0


def contrast_by_loops(images, *, low, high):
    made = np.zeros(images.shape, np.float32)
    for n, image in enumerate(images):
        dark, bright = np.percentile(image, low), np.percentile(image, high)
        if bright > dark:
            made[n] = (image - dark) / (bright - dark)
    return made


def contrast_by_quantile(images, *, low, high):
    flat = images.reshape(len(images), -1)
    dark, bright = np.quantile(flat, [low / 100, high / 100], axis=1)
    width = bright - dark
    made = (flat - dark[:, None]) * np.divide(1, width, out=np.zeros(len(images)), where=width > 0)[:, None]
    return made.reshape(images.shape)


def contrast_by_sorting(images, *, low, high):
    """Interpolates between the sorted values by hand."""
    made = []
    for image in images:
        values = np.sort(image, axis=None)
        ends = []
        for percent in (low, high):
            place = percent / 100 * (len(values) - 1)
            under = int(place)
            over = min(under + 1, len(values) - 1)
            ends.append(values[under] + (place - under) * (values[over] - values[under]))
        made.append((image - ends[0]) / (ends[1] - ends[0]) if ends[1] != ends[0] else image * 0.0)
    return np.array(made)


def contrast_by_stacking(images, *, low, high):
    def one(image):
        dark, bright = np.percentile(image, (low, high))
        return np.zeros_like(image, dtype=float) if dark == bright else (image - dark) / (bright - dark)

    return np.stack([one(image) for image in images])


def contrast_by_reshaping(images, *, low, high):
    flat = images.reshape(len(images), -1).T
    dark, bright = np.percentile(flat, low, axis=0), np.percentile(flat, high, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        made = (flat - dark) / (bright - dark)
    made[:, dark == bright] = 0
    return made.T.reshape(images.shape)


def contrast_by_interp(images, *, low, high):
    """Reads percentiles off the sorted values by linear interpolation."""
    made = np.empty(images.shape)
    for image, out in zip(images, made, strict=True):
        values = np.sort(image.ravel())
        at = np.linspace(0, 100, len(values)) if len(values) > 1 else np.zeros(1)
        dark, bright = np.interp([low, high], at, values)
        out[...] = 0 if bright == dark else (image - dark) / (bright - dark)
    return made


def table_by_bincount(instances, image):
    flat = instances.ravel()
    rows, columns = (axis.ravel() for axis in np.indices(instances.shape))
    pixels = np.bincount(flat)
    ids = np.flatnonzero(pixels)[1 if pixels[0] else 0 :]
    sums = [np.bincount(flat, values)[ids] / pixels[ids] for values in (rows, columns, image.ravel())]
    return np.stack([ids, pixels[ids], *sums], axis=1)


def table_in_plain_python(instances, image):
    held = {}
    for (row, column), number in np.ndenumerate(instances):
        if number:
            held.setdefault(int(number), []).append((row, column, float(image[row, column])))
    return [
        [number, len(pixels), *(sum(values) / len(pixels) for values in zip(*pixels, strict=True))]
        for number, pixels in sorted(held.items())
    ]


def table_by_masks(instances, image):
    y, x = np.mgrid[: instances.shape[0], : instances.shape[1]]
    rows = []
    for number in sorted(set(instances.ravel().tolist()) - {0}):
        own = instances == number
        rows.append([number, own.sum(), y[own].mean(), x[own].mean(), np.average(image, weights=own)])
    return np.array(rows)


def table_by_unique_inverse(instances, image):
    ids, where, pixels = np.unique(instances, return_inverse=True, return_counts=True)
    where = where.ravel()
    table = np.zeros((len(ids), 5))
    table[:, 0], table[:, 1] = ids, pixels
    for column, values in enumerate((*np.indices(instances.shape), image), start=2):
        np.add.at(table[:, column], where, values.ravel())
        table[:, column] /= pixels
    return table[ids > 0]


def table_by_sorting(instances, image):
    order = np.argsort(instances, axis=None, kind="stable")
    ids, starts = np.unique(instances.ravel()[order], return_index=True)
    rows, columns = np.unravel_index(order, instances.shape)
    rows = [
        [number, len(r), r.mean(), c.mean(), image[r, c].mean()]
        for number, r, c in zip(ids, np.split(rows, starts[1:]), np.split(columns, starts[1:]), strict=True)
        if number
    ]
    return np.array(rows)


def table_by_argwhere(instances, image):
    table = []
    for number in np.unique(instances):
        if number != 0:
            places = np.argwhere(instances == number)
            table.append([number, len(places), *places.mean(axis=0), np.mean([image[tuple(at)] for at in places])])
    return np.asarray(table)


def nuclei_by_sinking_water(probs):
    """Goes through the pixels from the highest down: each joins its highest neighbour, or begins an island."""
    found = np.zeros((len(probs), probs.shape[1] + 2, probs.shape[2] + 2), int)
    for image, ids in zip(probs, found, strict=True):
        height = np.pad(np.where(image > 0.5, image, 0), 1)
        for _ in range(10):
            for axis in (0, 1):
                height = height / 2 + (np.roll(height, 1, axis) + np.roll(height, -1, axis)) / 4
        rows, columns = np.nonzero(np.pad(image > 0.5, 1))
        for n in np.argsort(-height[rows, columns], kind="stable"):
            y, x = rows[n], columns[n]
            around = [
                (height[y + v, x + u], ids[y + v, x + u]) for v in (-1, 0, 1) for u in (-1, 0, 1) if ids[y + v, x + u]
            ]
            ids[y, x] = max(around)[1] if around else ids.max() + 1
    return found[:, 1:-1, 1:-1]


def nuclei_by_a_library(probs):
    from segbook.objects import part_by_distance

    return np.stack([part_by_distance(one > 0.6).numpy() for one in probs])


ALLOWED = {
    "11.1": (
        leaking_by_isin,
        leaking_in_plain_python,
        leaking_by_loops,
        leaking_by_sorting,
        leaking_by_intersection,
        leaking_by_distance,
    ),
    "11.2": (
        contrast_by_loops,
        contrast_by_quantile,
        contrast_by_sorting,
        contrast_by_stacking,
        contrast_by_reshaping,
        contrast_by_interp,
    ),
    "11.3": (
        table_by_bincount,
        table_in_plain_python,
        table_by_masks,
        table_by_unique_inverse,
        table_by_sorting,
        table_by_argwhere,
    ),
    "11.4": (nuclei_by_sinking_water,),
}

NOT_ALLOWED = {  # it uses packages that the grader does not hold
    "11.4": (nuclei_by_a_library,),
}
