"""Chapter 2's JavaScript moves one weight as torch's autograd and segbook.metrics do."""

import torch
from node import run_in_node

from segbook.widgets import ScoreAndLoss

CONSTANTS = ("brightness", "labels", "bias")


def vector(weight, rate, steps):
    figure = ScoreAndLoss(weight=weight, rate=rate, step=steps)
    return {
        "network": {name: getattr(figure, name) for name in CONSTANTS},
        "weight": weight,
        "rate": rate,
        "steps": steps,
        "path": figure.path(),
        "loss": figure.loss(),
        "slope": figure.slope(),
        "iou": figure.iou(),
        "gradient": figure.gradient().flatten().tolist(),
    }


def test_javascript_descends_as_autograd_does_and_scores_as_metrics_do(tmp_path):
    settings = [(tenths / 10, (0.5, 1.0, 4.0)[tenths % 3], (0, 1, 12)[tenths // 3 % 3]) for tenths in range(41)]
    vectors = [vector(*one) for one in settings]
    assert {one["iou"] for one in vectors} == {0, 0.5, 1}
    bias = ScoreAndLoss().bias
    run_in_node("score_and_loss.test.mjs", {"figures": vectors, "jumps": [bias / 3, bias]}, tmp_path)


def test_a_jump_is_where_a_pixel_changes_its_class():
    figure = ScoreAndLoss()
    for x, at in ((3, figure.bias / 3), (1, figure.bias)):
        for side, said in ((-1e-9, 0), (1e-9, 1)):
            preds = figure.logits(torch.tensor(at + side, dtype=torch.float64)).argmax(1)[0]
            assert (preds[torch.tensor(figure.brightness) == x] == said).all()
