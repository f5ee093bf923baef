"""The scene of FourTasks: JavaScript draws, labels, boxes and counts what Python does, on random scenes."""

import numpy as np
import pytest
from node import run_in_node

from segbook.data import views
from segbook.widgets import FourTasks
from segbook.widgets.four_tasks import HEIGHT, LARGEST, SMALLEST, WIDTH


def scenes(count: int) -> list[dict]:
    """Random scenes with what Python makes of them; objects may hide others or reach over the edge."""
    rng, vectors = np.random.default_rng(1), []
    for _ in range(count):
        low, high = (1, 0, 0, SMALLEST), (3, WIDTH - 1, HEIGHT - 1, LARGEST)
        objects = rng.integers(low, high, (rng.integers(1, 9), 4), endpoint=True).tolist()
        figure = FourTasks(objects=objects)
        instances, labels = figure.instances(), figure.labels()
        ids, boxes = views.bounding_boxes(instances)
        padded = np.pad(instances.numpy(), 1)
        edges = {}
        for number in ids.tolist():
            mask = padded == number
            edges[number] = sum(int(np.diff(mask.astype(int), axis=axis).__abs__().sum()) for axis in (0, 1))
        vectors.append({
            "objects": objects, "width": WIDTH, "height": HEIGHT, "instances": instances.tolist(),
            "labels": labels.tolist(), "boxes": [{"id": i, "box": b} for i, b in zip(ids.tolist(), boxes.tolist(), strict=True)],
            "regions": views.semantic_regions(labels).tolist(), "counts": figure.counts(), "label": figure.label(), "edges": edges,
        })  # fmt: skip
    return vectors


@pytest.mark.parametrize("many", [160, pytest.param(400, marks=pytest.mark.slow)])
def test_javascript_agrees_with_python_on_random_scenes(tmp_path, many):
    vectors = scenes(many)
    counts = [vector["counts"] for vector in vectors]
    assert sum(count["lost"] > 0 for count in counts) > many / 4
    assert sum(count["cut"] > 0 for count in counts) > many / 20
    assert sum(count["lost"] > 0 and count["lost"] == count["cut"] for count in counts) > 2
    assert (
        sum(count["objects"] < len(vector["objects"]) for count, vector in zip(counts, vectors, strict=True))
        > many / 40
    )
    run_in_node("scene.test.mjs", {"scenes": vectors}, tmp_path)
