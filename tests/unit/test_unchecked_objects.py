"""What a reader meets, who has no type checker: objects and their measures refuse bad shapes with a ValueError."""

import pytest

BAD_CALLS = {
    "objects.instances_from(torch.ones(4))": "probs must be (H, W), (N, H, W) or (N, C, H, W) of up to 3 classes: got shape (4,)",
    "objects.instances_from(zero)": "floats from 0 to 1, or a mask such as labels == 1: got dtype torch.int64",
    "objects.instances_from(zero > 0, threshold='half')": "threshold must be a number from 0 to 1: got 'half'",
    "objects.instances_from(zero > 0, smallest=2.5)": "smallest must be a whole number of at least 0: got 2.5",
    "objects.instances_from(zero > 0, holes='all')": "holes must be a number of at least 0: got 'all'",
    "objects.instances_from(zero > 0, seeds=None)": "seeds must be one of components, distance, border: got None",
    "metrics.cell_boundary_counts(zero, zero[0], tolerance=1)": "preds and labels must have one shape: got (1, 2, 2), (2, 2)",
    "metrics.cell_boundary_counts(zero[0], zero[0], tolerance=1)": "must have 3 axes, (N, H, W): got shape (2, 2)",
    "metrics.surface_distances(zero, [[[0]]])": "labels must be a tensor or a NumPy array: got list",
    "metrics.surface_distances(zero, zero, ignore_index='void')": "ignore_index must be a whole number: got 'void'",
    "objects.part_by_distance(zero > 0)": "mask must be (H, W) with pixels: got shape (1, 2, 2)",
    "objects.grow_objects(zero[0], 1, where=zero > 0)": "where must be (2, 2) like instances: got shape (1, 2, 2)",
    "objects.measure_objects(zero[0], zero)": "image must be (2, 2) like instances: got shape (1, 2, 2)",
    "objects.instances_from([[0.5]])": "probs must be a tensor or a NumPy array: got list",
    "metrics.surface_distances(zero, zero / 2)": "labels must hold whole numbers: got dtype torch.float32",
    "metrics.pair_counts(zero, zero[:, 1:])": "one shape: got (1, 2, 2), (1, 1, 2)",
    "metrics.adapted_rand_error(torch.zeros(2).long())": "counts must be (3,), as pair_counts returns them: got shape (2,)",
    "metrics.panoptic_counts(zero, zero, zero, zero[0], num_classes=1)": "label_instances must be (1, 2, 2) like labels: got (2, 2)",
    "metrics.pair_counts(zero / 2, zero)": "preds must hold whole numbers: got dtype torch.float32",
    "metrics.panoptic_counts(zero, zero, zero, zero.double(), num_classes=1)": "label_instances must hold whole numbers: got dtype torch.float64",
    "metrics.panoptic_counts(zero, zero, zero, zero, num_classes=1.5)": "num_classes must be a whole number of at least 1: got 1.5",
    "metrics.panoptic_quality(torch.zeros(4))": "counts must be (C, 4), as panoptic_counts returns them: got shape (4,)",
    "metrics.bowl_scores(zero, zero[0])": "must have one shape: got (1, 2, 2), (2, 2)",
    "metrics.paired_difference(torch.ones(3), torch.ones(3, 1))": "pairs need one shape: got (3,) and (3, 1)",
    "metrics.bootstrap_interval(torch.ones(3), rounds='many')": "rounds must be a whole number of at least 1: got 'many'",
}
PREPARE = """\
import torch; from segbook import metrics, objects
zero = torch.zeros(1, 2, 2, dtype=torch.int64)
"""


@pytest.mark.parametrize("call", BAD_CALLS)
def test_bad_input_is_refused_with_the_numbers(call, said):
    assert BAD_CALLS[call] in said[call]
