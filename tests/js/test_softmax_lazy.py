"""Chapter 2's JavaScript computes what torch, scipy and segbook.metrics compute."""

import numpy as np
import torch
from node import run_in_node
from torch.nn import functional as F

from segbook.widgets import Imbalance, PixelSoftmax
from segbook.widgets.imbalance import COIN_ORDER, HEIGHT, PREDICTORS, WIDTH


def pixels() -> list[dict]:
    """Single pixels: small logits, logits that would overflow, ties."""
    rng, vectors = np.random.default_rng(0), []
    for number in range(600):
        num_classes = int(rng.integers(2, 6))
        values = rng.normal(0, 4, num_classes) + (0, 1000, -1000)[number % 3]
        if number % 5 == 0:
            values = values.round()  # ties
        logits = torch.tensor(values, requires_grad=True)
        label = int(rng.integers(num_classes))
        loss = F.cross_entropy(logits[None], torch.tensor([label]))
        (gradient,) = torch.autograd.grad(loss, logits)
        vectors.append({
            "logits": values.tolist(), "label": label, "logSumExp": logits.logsumexp(0).item(), "loss": loss.item(),
            "probs": logits.softmax(0).tolist(), "gradient": gradient.tolist(), "pred": int(values.argmax()),
        })  # fmt: skip
    return vectors


def maps() -> list[dict]:
    """The figure's map with none, one and several pixels edited."""
    vectors = []
    for edits in ([], [16, 0, 0, 0], [0, 1, 2, 3, 95, -4, 10, 0.5, 41, 9, 9, 9]):
        figure = PixelSoftmax(edits=edits)
        logits, truth = figure.logits(), figure.truth()
        vectors.append({
            "scores": [float(score) for score in figure.scores.split()], "edits": edits, "labels": truth.flatten().tolist(),
            "logits": logits[0].flatten(1).T.tolist(),
            "losses": F.cross_entropy(logits, truth, reduction="none").flatten().tolist(),
        })  # fmt: skip
    return vectors


def lazy() -> list[dict]:
    """Every predictor at shares over the whole range of the slider."""
    vectors = []
    for predictor in PREDICTORS:
        for tenths in (1, 2, 5, 17, 50, 123, 250, 333, 499, 500):
            figure = Imbalance(share=tenths / 10, predictor=predictor)
            labels, preds = (values.flatten().tolist() for values in figure.maps())
            vectors.append({
                "share": figure.share, "predictor": predictor, "labels": labels, "preds": preds,
                "expected": figure.expected(), "counted": figure.counted(),
            })  # fmt: skip
    return vectors


def test_javascript_agrees_with_python_and_torch(tmp_path):
    picture = {"height": HEIGHT, "width": WIDTH, "coins": COIN_ORDER.tolist()}
    run_in_node(
        "softmax_lazy.test.mjs", {"pixels": pixels(), "maps": maps(), "lazy": lazy(), "picture": picture}, tmp_path
    )
