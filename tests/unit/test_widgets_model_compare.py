"""ModelCompare: the stored answers, their scores against brute force, the sentence."""

import io
import json
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest
import torch
import traitlets
from PIL import Image
from scipy import ndimage

from segbook import metrics
from segbook.data import cell_scene, picture
from segbook.widgets import ModelCompare
from segbook.widgets.model_compare import DATA, MODELS, SCENES, SIZE, TEXT

EVERY = [(scene, model) for scene in SCENES for model in MODELS]


def test_the_stored_maps_are_small_and_say_where_they_come_from():
    files = {file.name: file.stat().st_size for file in DATA.glob("model_compare*")}
    assert set(files) == {"model_compare.json", "model_compare.png", "model_compare_images.png"}
    assert max(files.values()) < 60_000
    assert "Written by benchmarks/model_compare.py" in TEXT["note"]
    assert {"processor", "torch", "python"} <= set(TEXT["machine"])
    assert len(json.dumps(ModelCompare().maps)) < 80_000  # it is stored in the notebook


def test_the_generated_scenes_are_those_that_their_seeds_name():
    settings = {"size": SIZE, "radius": 9.0, "radius_spread": 2.0}
    crowd = cell_scene(seed=5001, num_cells=10, clustering=0.8, **settings)
    apart = cell_scene(seed=7001, num_cells=5, clustering=0.0, gap=4, **settings)
    for name, scene in (("a crowd", crowd), ("apart", apart)):
        figure = ModelCompare(scene=name)
        assert torch.equal(figure.truth(), scene.instances)
        np.testing.assert_allclose(figure.image(), scene.image, atol=0.5 / 31 + 1e-6)


def test_the_real_cell_is_the_micrograph_at_a_sixth():
    small = torch.nn.functional.avg_pool2d(picture("cell")[None, None, 84:660, :546], 6)[0, 0].numpy()
    figure = ModelCompare(scene="one real cell")
    assert (
        np.corrcoef(figure.image()[:, :91].ravel(), small.ravel())[0, 1] > 0.95
    )  # what is darker than the background is cut off
    assert figure.truth().max() == 1
    assert (figure.truth().numpy()[:, :91] == ndimage.binary_opening(small > 0.5)).all()


@pytest.mark.parametrize("row", ["ids", "answers"])
def test_the_runs_unfold_to_the_stored_maps(row):
    figure = ModelCompare()
    for scene, text in zip(SCENES, figure.maps[row], strict=True):
        pairs = (run.split(":") for run in text.split(" "))
        flat = [int(value) for value, length in pairs for _ in range(int(length))]
        figure.scene = scene
        if row == "ids":
            assert flat == figure.truth().flatten().tolist()
        else:
            bits = sum(figure.answer(model) << bit for bit, model in enumerate(MODELS))
            assert flat == bits.flatten().tolist()


def test_the_sheet_of_the_page_is_the_stored_one():
    data = ModelCompare().maps["sheet"].partition("base64,")[2]
    with Image.open(io.BytesIO(b64decode(data))) as sheet:
        assert sheet.size == (SIZE * len(SCENES), SIZE)


@pytest.mark.parametrize(("scene", "model"), EVERY)
def test_the_scores_are_those_of_a_count_by_hand(scene, model):
    figure = ModelCompare(scene=scene)
    preds, ids = figure.answer(model).numpy(), figure.truth().numpy()
    scores, (regions, _) = figure.scores(model), ndimage.label(preds)
    assert scores["IoU"] == pytest.approx((preds & (ids > 0)).sum() / (preds | (ids > 0)).sum())
    holders = []
    for cell in range(1, ids.max() + 1):
        counts = np.bincount(regions[ids == cell], minlength=regions.max() + 1)
        if counts[1:].max() > (ids == cell).sum() / 2:
            holders.append(counts[1:].argmax() + 1)
    assert scores["merged"] == sum(holders.count(region) > 1 for region in holders)
    cross = ndimage.generate_binary_structure(2, 1)
    edges = [mask & ~ndimage.binary_erosion(mask, cross, border_value=1) for mask in (preds > 0, ids > 0)]
    near = [(a & ndimage.binary_dilation(b, cross)).sum() / a.sum() for a, b in (edges, edges[::-1])]
    assert scores["boundary F"] == pytest.approx(2 * near[0] * near[1] / sum(near))


def test_the_story_that_the_presets_tell_is_in_the_maps():
    figure = ModelCompare(scene="a crowd")
    scores = {model: figure.scores(model) for model in MODELS}
    assert scores["U-Net"]["boundary F"] > scores["encoder–decoder"]["boundary F"] + 0.05
    assert scores["U-Net"]["merged"] == 10
    assert scores["U-Net, weighted"]["merged"] == 0
    assert scores["FCN-8s"]["boundary F"] < scores["patch classifier"]["boundary F"]
    figure.scene = "apart"
    assert figure.scores("U-Net, weighted")["IoU"] == pytest.approx(figure.scores("U-Net")["IoU"], abs=0.01)
    assert [model for model in MODELS if figure.scores(model)["merged"]] == ["FCN-8s"]


def test_the_five_steps_look_as_the_chapter_says():
    figure = ModelCompare(scene="a crowd")
    cells = figure.truth() > 0
    false, missed = (
        [
            int((cells.logical_not() if kind else cells).logical_and(figure.answer(model) == kind).sum())
            for model in MODELS
        ]
        for kind in (1, 0)
    )
    wrong = dict(zip(MODELS, map(sum, zip(false, missed, strict=True)), strict=True))
    *bare, unet, _ = MODELS
    assert wrong[unet] < min(wrong[model] for model in bare)
    assert wrong["FCN-8s"] == max(wrong[model] for model in bare)
    assert missed[2] > false[2]  # the encoder–decoder's rims are mostly blue
    assert missed[-1] > 10 * false[-1]
    count = {model: int(metrics.connected_components(figure.answer(model)[None] > 0).max()) for model in MODELS}
    assert [count[model] for model in MODELS] == [2, 2, 2, 2, 10]


def test_weights_lower_the_precision_of_boundaries_between_cells_and_background():
    figure = ModelCompare(scene="a crowd")
    labels, halves = (figure.truth() > 0).long()[None], []
    for model in ("U-Net", "U-Net, weighted"):
        near, drawn, found, true = metrics.boundary_counts(
            figure.answer(model)[None], labels, num_classes=2, tolerance=1
        )[1].tolist()
        halves += [f"{near / drawn:.3f}", f"{found / true:.3f}"]
    precision, recall, weighted_precision, weighted_recall = halves
    assert float(precision) - float(weighted_precision) > float(recall) - float(weighted_recall) > 0


def test_the_numbers_that_the_first_page_quotes_are_in_the_maps():
    figure = ModelCompare(scene="a crowd")
    cells = figure.truth() > 0
    plain, weighted = (((figure.answer(model) > 0) & cells).sum() for model in ("U-Net", "U-Net, weighted"))
    page = (Path(__file__).parents[2] / "book/intro.md").read_text("utf-8")
    assert f"finds {weighted:,} of the cells' {cells.sum():,} pixels, where the left one finds {plain:,}" in page
    assert "has drawn two outlines for the ten cells" in page
    found = metrics.connected_components(figure.answer("U-Net")[None] > 0)[0]
    assert (len(found.unique()) - 1, len(figure.truth().unique()) - 1) == (2, 10)
    for score in ("IoU", "boundary F"):
        assert figure.scores("U-Net, weighted")[score] < figure.scores("U-Net")[score] - 0.1
        figure.scene = "apart"
        assert figure.scores("U-Net, weighted")[score] == pytest.approx(figure.scores("U-Net")[score], abs=0.01)
        figure.scene = "a crowd"


def test_the_sentence_has_both_networks_numbers():
    figure = ModelCompare(left="U-Net", right="U-Net, weighted")
    plain, weighted = (figure.scores(model) for model in ("U-Net", "U-Net, weighted"))
    assert f"left, U-Net: IoU {plain['IoU']:.3f}, boundary F {plain['boundary F']:.3f}, 10 merged" in figure.alt()
    assert f"right, U-Net, weighted: IoU {weighted['IoU']:.3f}" in figure.alt()
    assert figure.alt().startswith("a crowd, 10 cells;")


@pytest.mark.parametrize(("trait", "value"), [("scene", "moon"), ("left", "SAM"), ("right", ""), ("wipe", 101)])
def test_a_trait_out_of_range_is_refused(trait, value):
    figure = ModelCompare()
    before = getattr(figure, trait)
    with pytest.raises(traitlets.TraitError, match=trait):
        setattr(figure, trait, value)
    assert getattr(figure, trait) == before
