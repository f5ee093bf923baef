"""Chapter 9's JavaScript computes what segbook.pixel_weights computes."""

import numpy as np
import torch
from node import run_in_node

from segbook.pixel_weights import border_distances, carve_touching
from segbook.widgets import WeightMap
from segbook.widgets.weight_map import HEIGHT, WIDTH


def numbers(values) -> list:
    """Write a map in one row; infinity, which JSON lacks, as null."""
    return [value if np.isfinite(value) else None for value in values.flatten().tolist()]


def scenes() -> list[dict]:
    """The figure with none to eight cells, apart, touching and overlapping."""
    rng, vectors = np.random.default_rng(9), []
    for number in range(120):
        low, high = [0, 0, 3], [WIDTH, HEIGHT, 15]
        cells = rng.integers(low, high, (number % 9, 3)).tolist()
        settings = {"w_0": rng.uniform(0, 20), "sigma": rng.uniform(1, 12)}
        settings |= {"background": rng.uniform(0, 5), "cell": rng.uniform(0, 5)}
        figure = WeightMap(cells=cells, **settings)
        d1, d2 = border_distances(figure.instances())
        vectors.append({
            "cells": cells, "height": HEIGHT, "width": WIDTH, "settings": {**settings, "w0": settings["w_0"]},
            "drawn": WeightMap(cells=cells, carve=False).instances().flatten().tolist(),
            "carved": figure.instances().flatten().tolist(), "weights": numbers(figure.weights()),
            "d1": numbers(d1), "d2": numbers(d2),
        })  # fmt: skip
    return vectors


def noise() -> list[dict]:
    """Small maps of random ids, which the figure cannot draw and the rule covers all the same."""
    rng, vectors = np.random.default_rng(10), []
    for number in range(150):
        ids = torch.from_numpy(rng.integers(0 if number % 3 else 1, 2 + number % 4, rng.integers(1, 9, 2)))
        d1, d2 = border_distances(ids)
        carved = carve_touching(ids).flatten().tolist()
        vectors.append({"ids": ids.tolist(), "carved": carved, "d1": numbers(d1), "d2": numbers(d2)})
    return vectors


def test_javascript_agrees_with_segbook_on_hundreds_of_scenes(tmp_path):
    run_in_node("border.test.mjs", {"scenes": scenes(), "noise": noise()}, tmp_path)
