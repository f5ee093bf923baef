"""What benchmarks/peers.py does, with two steps and three pictures."""

import sys
from dataclasses import asdict, astuple, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from segbook.train.parts import open_parts

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "benchmarks"))

import kept_crops  # noqa: E402 (lives in benchmarks/)
import peer_cellpose  # noqa: E402
import peers  # noqa: E402
from run import table  # noqa: E402


@pytest.fixture(scope="module")
def few():
    """The sample, with so few images that a run takes no time."""
    parts = open_parts("sample")
    return replace(parts, train=parts.train[:4], validation=parts.validation[:1], test=parts.test[4:6])


@pytest.mark.slow
def test_all_methods_are_scored_on_the_same_images(few, monkeypatch):
    monkeypatch.setattr(peers, "open_parts", lambda name: few)
    monkeypatch.setenv("TQDM_DISABLE", "1")
    built = {"segbook U-Net": (peers.QUICK, None), "layer": (peers.QUICK, lambda: layer)}
    monkeypatch.setattr(peers, "networks", lambda *given: built)
    layer = torch.nn.Conv2d(1, 3, 3, padding=1)
    written = []
    record = peers.measure(
        peers.QUICK, seeds=range(2), rates=(1e-3,), device="cpu", write=lambda kept: written.append(len(kept["rows"]))
    )
    lines = {line["method"]: line for line in record["summary"]}
    assert list(lines) == [
        "truth", "true foreground, watershed", "all background", "Otsu, watershed", "segbook U-Net", "layer",
    ]  # fmt: skip
    assert written == list(range(1, 9))
    assert lines["truth"]["AP 0.90"] == "1.000"
    assert lines["all background"]["AP 0.50"] == "0.000"
    assert 0.5 < float(lines["Otsu, watershed"]["AP 0.50"]) < float(lines["true foreground, watershed"]["AP 0.50"]) <= 1
    assert lines["segbook U-Net"]["seeds"] == lines["layer"]["seeds"] == 2
    assert lines["layer"]["parameters"] == "30"
    assert [(line["first"], line["other"]) for line in record["differences"]] == [
        ("segbook U-Net", "Otsu, watershed"), ("segbook U-Net", "layer"),
    ]  # fmt: skip
    shown = table(record)
    assert "| layer | 2 | 0.001 | 30 |" in shown
    assert "\n\n| first | other | AP 0.50, first less other |" in shown
    without = [
        row | {"test": {key: value for key, value in row["test"].items() if key != "each"}} for row in record["rows"]
    ]
    assert peers.differences(without) == []  # as in records from before
    held = [row for row in record["rows"] if row["method"] == "layer"]
    again = peers.measure(peers.QUICK, seeds=range(2), rates=(1e-3,), device="cpu", held=held, only=["layer"])
    assert again["rows"] == held  # nothing is trained twice
    fewer = [row | {"patches": 5} for row in record["rows"] if row["method"] == "segbook U-Net"]
    fewer[0] |= {"validation by rate": {"0.002": 0.0}}  # with fewer images, the recipe's rate is not questioned
    asked = {"seeds": range(2), "rates": (1e-3,), "device": "cpu", "only": ["layer"], "patches": (5,)}
    assert peers.measure(peers.QUICK, held=held + fewer, **asked)["rows"] == held + fewer
    assert {row["test"]["cells"] for row in record["rows"]} == {sum(len(ids.unique()) - 1 for _, _, ids in few.test)}


def test_a_change_of_two_parts_is_also_compared_with_one_of_them():
    gap, weights = "ablation: two classes with a gap", "ablation: two classes with a gap, weight map"
    each = {"AP 0.50": [[3, 5], [1, 4]], "merged": [[0, 5], [1, 4]]}
    test, validation = {"each": each}, {"AP": {"0.50": [0.5]}}
    better = {"each": each | {"AP 0.50": [[4, 5], [2, 4]]}}
    found = {"segbook U-Net": test, gap: test, weights: better}
    rows = [{"method": name, "seed": 0, "test": one, "validation": validation} for name, one in found.items()]
    compared = {(line["first"], line["other"]): line["AP 0.50, first less other"] for line in peers.differences(rows)}
    assert list(compared) == [(gap, "segbook U-Net"), (weights, "segbook U-Net"), (weights, gap)]
    assert compared[gap, "segbook U-Net"].startswith("+0.000")
    assert compared[weights, gap].startswith("+0.222")  # 6 of 9 less 4 of 9


@pytest.mark.slow  # each process loads torch
def test_methods_side_by_side_score_as_one_after_the_other(few, monkeypatch, tmp_path):
    monkeypatch.setattr(peers, "open_parts", lambda name: few)
    monkeypatch.setenv("TQDM_DISABLE", "1")
    names = ["segbook U-Net", "ablation: not bent"]
    asked = {"seeds": range(1), "rates": (1e-3,), "device": "cpu", "ablations": True, "only": names}
    alone = peers.measure(peers.QUICK, **asked)["rows"]
    monkeypatch.setattr(kept_crops.KeptRecipe, "folder", tmp_path, raising=False)
    beside = peers.measure(kept_crops.KeptRecipe(**asdict(peers.QUICK)), jobs=2, **asked)["rows"]
    assert [row["method"] for row in beside] == names
    assert [row["test"] for row in beside] == [row["test"] for row in alone]
    assert any(tmp_path.iterdir())


def test_kept_crops_are_those_that_are_drawn(few, monkeypatch, tmp_path):
    monkeypatch.setattr(kept_crops.KeptRecipe, "folder", tmp_path, raising=False)
    plain = replace(peers.QUICK, elastic=3.0, target="carved", w_0=5.0)
    kept = kept_crops.KeptRecipe(**asdict(plain))
    drawn = plain.variations(few.train, plain.steps * plain.batch_size)
    for _ in range(2):  # drawn, and then read from the files
        items = kept.variations(few.train, 99)
        assert len(items) == len(drawn) == 4
        for number in range(4):
            assert [part.dtype for part in items[number]] == [part.dtype for part in drawn[number]]
            assert all(map(torch.equal, items[number], drawn[number]))
    for file in tmp_path.glob("*/0.npy"):
        np.load(file, mmap_mode="r+")[:] = 7  # what stands in a file is not drawn again
    assert (kept.variations(few.train, 99)[0][0] == 7).all()
    other = replace(kept, seed=1).variations(few.train, 99)
    assert not (other[0][0] == 7).any()
    darker = [(image / 2, *maps) for image, *maps in few.train]  # under the same names, if they had any
    assert not (kept.variations(darker, 99)[0][0] == 7).any()


def test_the_rate_is_the_one_that_validation_prefers(few, monkeypatch):
    scores = {1e-3: 0.2, 2e-3: 0.4, 4e-3: 0.3}
    given = []

    def train(parts, recipe, *rest, **options):
        given.append((recipe.seed, recipe.rate))
        test = {"AP": {"0.50": [1 - scores[recipe.rate]]}}  # the test images would prefer another one
        looks = [{"step": 1, "score": scores[recipe.rate]}]
        return {"looks": looks, "test": test} | dict.fromkeys(
            ("parameters", "seconds", "best step", "readout", "validation")
        )

    monkeypatch.setattr(peers, "train", train)
    plan = peers.Plan(few, peers.QUICK, range(3), tuple(scores), "cpu")
    ours: peers.Task = ("segbook U-Net", None)
    rows = list(plan.rows([ours]))
    assert given == [(0, 1e-3), (0, 2e-3), (0, 4e-3), (1, 2e-3), (2, 2e-3)]
    assert [(row["seed"], row["rate"]) for row in rows] == [(0, 2e-3), (1, 2e-3), (2, 2e-3)]
    assert rows[0]["validation by rate"] == scores
    assert not list(replace(plan, until=0.0).rows([ours]))  # no time is left
    assert plan.known(rows) == rows
    assert not replace(plan, rates=(1e-3, 8e-3)).known(rows)  # the rate was chosen among others
    given.clear()
    assert [row["seed"] for row in plan.rows([ours], held=rows[:2])] == [2]  # what is there is not trained again
    assert given == [(2, 2e-3)]


def test_patches_are_pieces_of_the_training_images(few):
    patches = peers.some_patches(few.train, 16)
    assert len(set(patches.names)) == 16  # all there are
    name, top, left = patches.names[3].split()
    whole, _, ids = few.train[few.train.names.index(name)]
    window = slice(int(top), int(top) + 128), slice(int(left), int(left) + 128)
    assert patches[3][0].equal(whole[:, *window])
    assert patches[3][2].equal(ids[window])
    assert peers.some_patches(few.train, 5).names == patches.names[:5]
    with pytest.raises(ValueError, match="there are 16 patches of 128²: got 17"):
        peers.some_patches(few.train, 17)


def test_without_cellpose_the_error_names_it(few, monkeypatch):
    monkeypatch.setitem(sys.modules, "cellpose", None)
    with pytest.raises(ImportError, match="cellpose"):
        peer_cellpose.score_cellpose(few, seed=0, rate=0.005, epochs=2, device="cpu")


def test_every_setting_of_cellpose_is_tuned():
    wanted = peer_cellpose.Reading("estimated", -1.0, 0.6, 30)
    truth = torch.arange(4).repeat_interleave(2)[:, None].expand(8, 5) + 1  # four nuclei, one for each right setting
    seen = []

    def read(reading):
        seen.append(reading)
        right = sum(given == best for given, best in zip(astuple(reading), astuple(wanted), strict=True))
        return [torch.where(truth <= right, truth, 0)]

    assert peer_cellpose.tune(read, [truth]) == wanted
    assert len(seen) == len(set(seen))  # nothing is read off twice
