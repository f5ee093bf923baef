"""The network that lies in the package."""

from pathlib import Path

import pytest
import torch

import segbook.train
from segbook.data import nuclei
from segbook.train import pretrained
from segbook.train.parts import open_parts
from segbook.train.readout import score_objects

FILE = Path(segbook.train.__file__).with_name("nuclei.pt")


def test_the_shipped_network_is_small_and_says_where_it_comes_from():
    assert FILE.stat().st_size < 2_000_000
    net = pretrained("nuclei")
    assert net.record["command"].startswith("python -m segbook.train --data sample")
    assert len(net.record["commit"]) == 40  # nothing was changed since
    assert net.record["data"]["sha256"] == open_parts("sample").sha256
    assert net.record["machine"].keys() >= {"torch", "numpy", "device"}
    assert not set(net.record["data"]["train"]) & set(nuclei("test").names)
    assert {weight.dtype for weight in torch.load(FILE, weights_only=True)["model"].values()} == {torch.float16}


def test_the_shipped_network_scores_as_its_record_says():
    net, pictures = pretrained("nuclei"), nuclei("test")[:6]
    truths = [ids for _, _, ids in pictures]
    scores = score_objects([net.instances(image) for image, *_ in pictures], truths)
    # Six images of eighteen, weights in half precision: near the record, and far above what a lazy answer gets.
    assert scores["AP"]["0.50"][0] == pytest.approx(net.record["test"]["AP"]["0.50"][0], abs=0.12)
    assert scores["merged"][0] < 0.25
    assert net.record["test"]["AP"]["0.50"][0] > net.record["test of Otsu"]["AP"]["0.50"][0]
