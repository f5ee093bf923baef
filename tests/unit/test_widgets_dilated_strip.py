"""DilatedStrip: every form against patches scored in plain Python, the counts against loops, the sentence."""

from itertools import pairwise

import pytest
import traitlets

from segbook.widgets import DilatedStrip
from segbook.widgets.dilated_strip import FIELD, FORMS, JUMP, SCORES, SIGNAL

RIGHT = DilatedStrip().patch_scores()


def by_hand(patch):
    """Pool in pairs, subtract neighbours, twice; also count the numbers that this takes."""
    pooled = [max(patch[n : n + 2]) for n in range(0, len(patch) - 1, 2)]
    first = [a - b for a, b in pairwise(pooled)]
    again = [max(first[n : n + 2]) for n in range(0, len(first) - 1, 2)]
    scores = [a - b for a, b in pairwise(again)]
    return scores, len(pooled) + len(first) + len(again) + len(scores)


def test_the_right_scores_are_those_of_patches_by_hand():
    patches = [by_hand(SIGNAL[n : n + FIELD]) for n in range(SCORES)]
    assert [scores for scores, _ in patches] == [[score] for score in RIGHT]
    assert DilatedStrip().computed()["patch by patch"] == sum(count for _, count in patches)


def test_strided_gives_every_fourth_score_and_shifted_and_dilated_all():
    assert DilatedStrip(form="strided").scores() == dict(list(enumerate(RIGHT))[::JUMP])
    for form in ("shifted", "dilated"):
        assert DilatedStrip(form=form).scores() == dict(enumerate(RIGHT))


def test_with_taps_together_no_score_stands_where_it_should():
    wrong = DilatedStrip(form="taps together").scores()
    assert all(wrong[place] != score for place, score in enumerate(RIGHT))
    assert len(set(RIGHT)) == SCORES  # no two alike, so that none is right by chance


def test_strided_and_shifted_count_what_the_loop_computes():
    counts = [by_hand(SIGNAL[shift:])[1] for shift in range(JUMP)]
    computed = DilatedStrip().computed()
    assert (computed["strided"], computed["shifted"]) == (counts[0], sum(counts))
    dilated = DilatedStrip(form="dilated").rows()
    assert computed["dilated"] == sum(map(len, dilated[1:])) == 50


def test_the_rows_of_a_shift_are_rows_of_the_dilated_form():
    dilated = DilatedStrip(form="dilated").rows()
    for place in range(JUMP):
        for row, whole in zip(DilatedStrip(form="shifted", place=place).rows(), dilated, strict=True):
            assert row.items() <= whole.items()


@pytest.mark.parametrize("form", FORMS)
def test_the_sentence_names_the_form_the_score_and_both_counts(form):
    figure = DilatedStrip(form=form, place=6)
    assert f"{form}: " in figure.alt()
    assert f"{figure.computed()[form]} numbers computed, patch by patch 96" in figure.alt()
    assert f"The score at pixel {figure.in_focus()} is {figure.scores()[figure.in_focus()]}." in figure.alt()
    assert ("8 of 8 scores wrong" in figure.alt()) == (form == "taps together")


@pytest.mark.parametrize(("trait", "value"), [("form", "sparse"), ("place", SCORES), ("place", -1)])
def test_a_setting_outside_is_refused(trait, value):
    with pytest.raises(traitlets.TraitError, match=trait):
        DilatedStrip(**{trait: value})
