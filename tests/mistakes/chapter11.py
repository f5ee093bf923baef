"""Mistakes in the exercises of chapter 11, written as a learner would and not as the declarations do."""

import warnings

import numpy as np


def table_of_all_numbers(instances, image):
    rows = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the mean of nothing
        for number in range(1, instances.max() + 1):
            inside = instances == number
            rows.append([number, inside.sum(), *np.argwhere(inside).mean(axis=0), image[inside].mean()])
    return np.array(rows)


def contrast_without_a_division_by_nothing(images, *, low, high):
    changed = []
    for image in images:
        dark, bright = np.percentile(image, low), np.percentile(image, high)
        changed.append((image - dark) / (bright - dark + 1e-8))
    return np.array(changed)


def table_of_all_but_the_first(instances, image):
    insides = [instances == number for number in np.unique(instances)[1:]]
    return np.array(
        [
            [instances[inside][0], inside.sum(), *np.argwhere(inside).mean(axis=0), image[inside].mean()]
            for inside in insides
        ]
    )


def contrast_of_each_pixel(images, *, low, high):
    dark, bright = np.percentile(images, low, axis=0), np.percentile(images, high, axis=0)
    return np.where(bright > dark, (images - dark) / np.maximum(bright - dark, 1e-9), 0.0)


def contrast_without_keepdims(images, *, low, high):
    dark, bright = np.percentile(images, low, axis=(1, 2)), np.percentile(images, high, axis=(1, 2))
    return (images - dark) / (bright - dark)


def leaks_at_its_place(train, test):
    return np.array([train[i] == test[i] for i in range(min(len(train), len(test)))])


MISTAKES = [  # exercise, answer, the misconception that it is
    ("11.2", contrast_without_a_division_by_nothing, "a small number added"),
    ("11.3", table_of_all_but_the_first, "smallest number taken as background"),
    ("11.3", table_of_all_numbers, "every number up to the largest id"),
    ("11.1", lambda train, test: train == test, "place by place"),
    ("11.1", leaks_at_its_place, "place by place"),
    ("11.2", contrast_of_each_pixel, "pixel by pixel"),
    ("11.2", contrast_without_keepdims, "keepdims forgotten, and nothing over nothing"),
]
