"""Chapter 11: references against sets, the book's own normalise and scikit-image; the open exercise is scored rightly."""

import numpy as np
import torch
from answering import drawn
from skimage.measure import regionprops

from segbook import metrics
from segbook.data import normalise
from segbook.exercises import get, judge
from segbook.objects import instances_from


def test_what_leaks_is_what_sets_of_fields_have_in_common():
    for (train, test), _, leaks in drawn("11.1"):
        assert set(test[leaks].tolist()) == set(train.tolist()) & set(test.tolist())
        assert not set(test[~leaks].tolist()) & set(train.tolist())


def test_equal_contrast_is_normalise_image_by_image():
    for (images,), options, made in drawn("11.2"):
        for image, one in zip(images, made, strict=True):
            dark, bright = np.percentile(image, [options["low"], options["high"]])
            if dark == bright:  # normalise then takes the extremes
                assert not one.any()
            else:
                np.testing.assert_allclose(one, normalise(image, **options), rtol=1e-5, atol=1e-6)


def test_the_table_is_that_of_scikit_image():
    for (instances, image), _, table in drawn("11.3"):
        found = regionprops(instances, image)
        expected = [[one.label, one.area, *one.centroid, one.intensity_mean] for one in found]
        np.testing.assert_allclose(table, expected)


def test_the_open_exercise_scores_as_segbook_does_and_says_so():
    for case in get("11.4").draw(3):
        assert case.accepts is not None
        (probs,), truth = case.args, case.accepts.args[0]
        for threshold, seeds in ((0.5, "components"), (0.6, "components"), (0.5, "distance"), (0.6, "distance")):
            found = instances_from(torch.from_numpy(probs), threshold=threshold, seeds=seeds)
            counts = metrics.instance_counts(found, torch.from_numpy(truth), thresholds=(0.5,))
            score, merged = (
                metrics.average_precision(counts).item(),
                metrics.merged_cells(found, torch.from_numpy(truth)),
            )
            said = case.accepts(found.numpy())
            assert (said == "") is (score > case.accepts.args[1])
            if said:
                assert f"an AP of {score:.3f}" in said
                assert f"{counts[0, 0] + counts[0, 1]} objects hit {counts[0, 0]} of" in said
                assert f"and {merged} nuclei lie mostly" in said
            # What the prompt says of the four ways, whatever the turns of the seed.
            known = {
                (0.5, "components"): 0.52,
                (0.6, "components"): 0.57,
                (0.5, "distance"): 0.65,
                (0.6, "distance"): 0.68,
            }
            assert abs(score - known[threshold, seeds]) < 0.02


def test_the_package_and_the_benchmark_say_the_same_of_the_stored_parts():
    probs, truth = get("11.4").draw(0)[0].args[0], get("11.4").draw(0)[0].accepts.args[0]
    assert probs.shape == truth.shape == (12, 96, 96)
    assert get("11.4").is_open
    assert not get("11.3").is_open


def hills(probs, blurs, border, own=True):
    """Follow the hints of 11.4."""
    padded = np.pad(probs, ((0, 0), (border, border), (border, border)))
    height = np.where(padded > 0.5, padded, 0)
    steps = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    for _ in range(blurs):
        height = sum(np.roll(height, step, (1, 2)) for step in steps) / 9
    index = np.arange(height.size).reshape(height.shape)
    around = [step for step in steps if own or step != (0, 0)]
    heights = np.array([np.roll(height, step, (1, 2)) for step in around])
    if own:
        heights[around.index((0, 0))] += 1e-12  # on level ground everybody stays
    best = heights.argmax(axis=0)
    parent = np.choose(best, [np.roll(index, step, (1, 2)) for step in around])
    for _ in range(10):
        parent = parent.ravel()[parent]
    inside = slice(border, padded.shape[1] - border)
    return np.where(padded > 0.5, parent + 1, 0)[:, inside, inside]


def test_who_follows_the_hints_of_the_open_exercise_gets_all_its_points():
    earned = {
        case: judge(get("11.4"), lambda probs, case=case: hills(probs, *case), 0).earned
        for case in [*((blurs, 9) for blurs in (3, 6, 9)), (8, 0), (8, 9, False)]
    }
    assert [earned[blurs, 9] for blurs in (6, 9)] == [5, 5]  # "six to nine rounds"
    assert earned[3, 9] == earned[8, 9, False] == 0  # "many small tops"; "the highest of itself and"
    assert earned[8, 0] == 3  # "comes back on the other"
