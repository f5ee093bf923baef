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


MISTAKES = [  # exercise, answer, the misconception that it is
    ("11.3", table_of_all_numbers, "every number up to the largest id"),
]
