"""Figures show, say what they show, stay small, and come out the same twice."""

import base64
import io

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from PIL import Image

from segbook import plot


@pytest.fixture(autouse=True)
def _shell():
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def shown(draw):
    with capture_output() as captured:
        assert draw() is None
    (output,) = captured.outputs
    return output


def test_a_figure_carries_its_sentence_as_text_and_as_alternative_text():
    output = shown(lambda: plot.show_matrix(np.eye(3), alt="The identity."))
    assert output.data["text/plain"] == "The identity."
    assert output.metadata["image/png"]["alt"] == "The identity."


def test_the_same_figure_gives_the_same_bytes():
    pictures = [
        shown(lambda: plot.show_matrix(np.arange(6.0).reshape(2, 3), alt="x")).data["image/png"] for _ in range(2)
    ]
    assert pictures[0] == pictures[1]


def test_a_figure_of_photographs_stays_under_60_kb():
    noise = np.random.default_rng(0).uniform(size=(3, 96, 96))
    output = shown(lambda: plot.show_images(list(noise), ["a", "b", "c"], alt="Noise, the worst case."))
    assert len(base64.b64decode(output.data["image/png"])) < 60_000


def test_matrix_cells_are_coloured_by_sign_and_zeros_are_white():
    output = shown(lambda: plot.show_matrix(np.array([[2.0, 0.0, -2.0]]), alt="x"))
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))).convert("RGB")).astype(int)
    blueness = (pixels[..., 2] - pixels[..., 0]).reshape(-1)
    assert (blueness > 60).any()  # positive
    assert (blueness < -60).any()  # negative


def test_images_are_drawn_between_shared_limits():
    dark, bright = np.zeros((4, 4)), np.ones((4, 4))
    output = shown(lambda: plot.show_images([dark, bright], ["dark", "bright"], alt="x"))
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))).convert("L"))
    assert (pixels[:, : pixels.shape[1] // 2] < 5).mean() > 0.3  # the dark one is black, not stretched
