"""Why does training leave a board in a last layer? A control of `last_layer`: the scores must equal numbers.

There the loss is the cross-entropy, which asks that the right score be the larger one. Here the squared error asks for
scores of 1 and −1; all else is the same.
"""

import last_layer
from last_layer import SEEDS, SHOWN
from torch import Tensor
from torch.nn import functional as F

TITLE = "Ways to enlarge scores by 4, trained to make scores of 1 and −1"

NOTE = (
    "A control for the ways to enlarge scores by 4 above: the same networks, starts, crops and steps, but the loss is "
    "the mean squared error of the two scores, which should be 1 for the class of the label and −1 for the other. "
    "Then all places of a block should have the same score; the cross-entropy above only asks that the right score "
    "be the larger one. Board and the rest as above. Mean ± standard deviation, smallest and largest over the seeds."
)


def squared_error(scores: Tensor, labels: Tensor) -> Tensor:
    """Compare scores (N, 2, H, W) with 1 for the class of the label and −1 for the other."""
    return F.mse_loss(scores, 2 * F.one_hot(labels, 2).movedim(-1, 1).float() - 1)


def measure() -> list[dict]:
    """Train every way with every seed; one row each."""
    lessons, tests = last_layer.gather("train"), last_layer.gather("test")
    return [last_layer.one_row(way, seed, lessons, tests, loss=squared_error)[0] for seed in SEEDS for way in SHOWN]


def summary(rows: list[dict]) -> list[dict]:
    """Write a row for each way, over all seeds."""
    return last_layer.summary(rows)
