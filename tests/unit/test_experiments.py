"""The counts of the big experiment agree with the book's metrics, and its training with the book's loop."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from segbook import metrics
from segbook.data import cell_scene
from segbook.losses import cross_entropy
from segbook.objects import part_by_distance
from segbook.pixel_weights import border_distances, carve_touching, weight_map

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "experiments"))
gather, rows, runs, scenes, score, train = (
    __import__(name) for name in ("gather", "rows", "runs", "scenes", "score", "train")
)

SMALL = {"size": 48, "num_cells": 5, "radius": 7.0, "radius_spread": 1.0, "clustering": 0.8}


@pytest.fixture(scope="module")
def stack():
    """True ids of a few scenes, and a noisy answer to them."""
    instances = torch.stack([cell_scene(seed=seed, **SMALL).instances for seed in range(4)])
    carved = torch.stack([carve_touching(ids) for ids in instances])
    noise = torch.rand(carved.shape, generator=torch.Generator().manual_seed(0))
    return instances, ((carved > 0) ^ (noise > 0.97)).numpy()


def test_counts_are_those_of_the_books_metrics(stack):
    instances, mask = stack
    truth = score.Truth.of(instances)
    for found in (score.components(mask), score.parted(mask)):
        counts = score.count(found, truth)
        total = dict(zip(score.FIELDS, counts.sum(axis=0).tolist(), strict=True))
        preds = torch.from_numpy(found)
        hits = metrics.instance_counts(preds, instances, thresholds=score.IOUS)
        assert [total[f"found {iou}"] for iou in score.IOUS] == hits[:, 0].tolist()
        assert total["objects"] == hits[0, :2].sum()
        assert total["cells"] == hits[0, 0] + hits[0, 2]
        assert total["merged"] == metrics.merged_cells(preds, instances)
        assert total["split"] == metrics.split_cells(preds, instances)
        confusion = metrics.confusion_matrix((preds > 0).long(), (instances > 0).long(), num_classes=2)
        assert score.area_iou(counts.sum(axis=0)) == pytest.approx(metrics.iou(confusion)[1].item())
        edges = metrics.boundary_counts((preds > 0).long(), (instances > 0).long(), num_classes=2, tolerance=1)
        names = ("pred near", "pred", "true near", "true")
        assert [total[f"outline {name}"] for name in names] == edges[1].tolist()
        assert score.outline_f(counts.sum(axis=0), "outline") == pytest.approx(
            metrics.boundary_f_score(edges)[1].item()
        )
        assert score.average_precision(counts.sum(axis=0)) == pytest.approx(metrics.average_precision(hits)[0].item())
        between, outer = metrics.cell_boundary_counts(
            preds, torch.from_numpy(truth.carved), tolerance=1, between=score.BETWEEN
        ).tolist()
        assert [total[f"between {name}"] for name in names] == between
        assert [total[f"outer {name}"] for name in names] == outer
        assert score.quick_count(found, truth).tolist() == counts.sum(axis=0)[:11].tolist()


def test_a_watershed_parts_as_the_books_does_and_drops_specks(stack):
    mask = (stack[0] > 0).numpy()
    for scene, found in zip(mask, score.parted(mask), strict=True):
        pairs = np.unique(np.stack([part_by_distance(scene).ravel(), found.ravel()]), axis=1)
        assert len(pairs[0]) == len(np.unique(pairs[0])) == len(np.unique(pairs[1])) > 2  # the same but for the numbers
    square = np.zeros((1, 20, 20), bool)
    square[:, 2:14, 2:14] = True
    square[:, 8, 15] = True
    assert score.parted(square).max() == 1
    assert part_by_distance(square[0]).max() == 2


def test_counts_of_a_scene_do_not_depend_on_its_neighbours(stack):
    instances, mask = stack
    together = score.count(score.parted(mask), score.Truth.of(instances))
    alone = [score.count(score.parted(mask[i : i + 1]), score.Truth.of(instances[i : i + 1])) for i in range(4)]
    assert together.tolist() == np.concatenate(alone).tolist()


def test_the_carved_truth_is_perfect_cell_by_cell_and_not_by_the_old_measure(stack):
    truth = score.Truth.of(stack[0])
    counts = score.count(score.distinct(truth.carved), truth).sum(axis=0)
    assert score.outline_f(counts, "cell") == score.outline_f(counts, "between") == 1
    assert score.outline_f(counts, "outline") < 1
    assert score.average_precision(counts) == 1


def test_an_empty_answer_is_counted():
    instances = torch.stack([cell_scene(seed=0, **SMALL).instances])
    counts = score.count(np.zeros(instances.shape, np.int64), score.Truth.of(instances)).sum(axis=0)
    assert score.average_precision(counts) == score.area_iou(counts) == score.outline_f(counts, "cell") == 0


def test_weights_are_what_their_names_say(stack):
    carved = scenes.carve(stack[0])
    plain = scenes.weigh(carved, {"kind": "plain"})
    border, printed, ring, constant = (
        scenes.weigh(carved, {"kind": kind}) for kind in ("border", "printed", "ring", "constant")
    )
    assert (plain == 1).all()
    assert torch.equal(border[1], weight_map(carved[1]))
    background = carved == 0
    assert torch.allclose(printed[background], border[background], atol=1e-4)
    assert (printed[~background] > 1).any()
    _, d_2 = border_distances(carved[2])
    inside = carved[2] > 0
    assert torch.allclose(printed[2][inside], 1 + 10 * torch.exp(-(d_2[inside] ** 2) / 50))
    for same in (ring, constant):
        assert same.sum().item() == pytest.approx(border.sum().item(), rel=1e-4)
        assert (same[~background] == 1).all()


def test_a_step_charges_what_the_books_loss_charges():
    images = torch.randint(0, 256, (3, 16, 16), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    targets, weights = (images > 99).to(torch.uint8), images.float() / 100
    net = {"kind": "unet", "width": 2, "depth": 1}
    training = train.Training(net, images, targets, weights, rate=0.01, seed=3, steps=2, device=torch.device("cpu"))
    torch.manual_seed(3)
    model = train.unet(2, width=2, depth=1).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for chosen in training.order:
        shown, truth, map_ = (train.views(view)[chosen] for view in (images, targets, weights))
        optimizer.zero_grad()
        cross_entropy(model(shown[:, None] / 255), truth.long(), map_, reduction="pixel_mean").backward()
        optimizer.step()
        training.step()
    for ours, theirs in zip(training.model.parameters(), model.parameters(), strict=True):
        assert torch.allclose(ours, theirs, atol=1e-5)


def test_the_eight_views_differ():
    views = train.views(torch.arange(4).reshape(1, 2, 2))
    assert len({tuple(view.flatten().tolist()) for view in views}) == 8


def test_a_shard_is_written_whole_and_not_done_again(tmp_path):
    setting = runs.Setting(str(tmp_path), train=2, tune=2, test=3, faster=1000)
    row = next(row for row in rows.ROWS if row.name == "plain")
    job = runs.Job(row, (0, 1))
    assert len(runs.work(job, setting)) == 2
    assert [path.name for path in (tmp_path / "shards").iterdir() if path.suffix != ".json"] == []
    assert all(job.shard(seed, str(tmp_path)).exists() for seed in (0, 1))
    shards = gather.read(tmp_path / "shards")
    assert [shard["seed"] for shard in shards] == [0, 1]
    last = max(map(int, shards[0]["marks"]))
    assert gather.counts_of(shards, "plain", last, "watershed").shape == (2, 3, len(score.FIELDS))
    with pytest.raises(KeyError, match="no shard of the row 'other'"):
        gather.counts_of(shards, "other", last, "watershed")


def made_up(found):
    """Counts of cells found out of ten, a row for every seed, a column for every scene."""
    found = np.array(found)
    counts = np.zeros((*found.shape, len(score.FIELDS)), np.int64)
    for name, values in {"found 0.5": found, "objects": 10, "cells": 10}.items():
        counts[..., score.FIELDS.index(name)] = values
    return counts


def test_an_interval_holds_the_mean_and_shrinks_with_scenes():
    rng = np.random.default_rng(0)
    few, many = made_up(rng.integers(0, 11, (3, 10))), made_up(rng.integers(0, 11, (3, 400)))
    ap = gather.SCORES["AP"]
    mean, low, high = gather.interval(few, ap)
    assert low < mean < high
    assert mean == pytest.approx(ap(few.sum(axis=1)).mean())
    assert high - low > 2 * np.subtract(*gather.interval(many, ap)[:0:-1])
    assert gather.interval(made_up(np.full((3, 10), 5)), ap) == pytest.approx((1 / 3, 1 / 3, 1 / 3))


def test_a_difference_is_paired():
    base = np.random.default_rng(1).integers(0, 10, (3, 50))
    ap = gather.SCORES["AP"]
    mean, low, high = gather.difference(made_up(base + 1), made_up(base), ap)
    assert 0 < low < mean < high
    assert high - low < np.subtract(*gather.interval(made_up(base), ap)[:0:-1]) / 3
    with pytest.raises(ValueError, match="as many seeds and scenes"):
        gather.difference(made_up(base), made_up(base[:, :9]), ap)
