"""The picture of the first page: its image, labels and table are what the tool says that they are."""

import base64
import io
import re

import glance
import numpy as np
import pytest
from PIL import Image

from segbook.data import nuclei

DRAWN = glance.FILE.read_text("utf-8")


@pytest.fixture(scope="module")
def shown():
    return glance.part()


def mask_drawn():
    mask = np.zeros((glance.SIZE, glance.SIZE), dtype=bool)
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-", DRAWN):
        mask[int(y), int(x) : int(x) + int(length)] = True
    return mask


def test_the_image_is_part_of_one_that_the_network_has_not_seen(shown):
    data = base64.b64decode(re.search(r"base64,([^\"]+)", DRAWN)[1])
    with Image.open(io.BytesIO(data)) as image:
        np.testing.assert_allclose(np.asarray(image) / 255, shown[0].numpy(), atol=1 / 255)


def test_the_labels_are_the_networks(shown):
    assert (mask_drawn() == shown[1].numpy()).mean() > 0.995  # another processor may round a pixel otherwise


def test_the_table_counts_the_labels_and_people_counted_as_many_nuclei(shown):
    numbers = [int(one) for one in re.findall(r'class="number">(\d+)<', DRAWN)]
    sizes = numbers[1::2]
    assert numbers[::2] == list(range(1, len(sizes) + 1))
    assert sum(sizes) == mask_drawn().sum()
    assert sizes == glance.table(shown[1].new_tensor(mask_drawn()))
    rows, columns = (slice(start, start + glance.SIZE) for start in (glance.TOP, glance.LEFT))
    outlined = nuclei("test")[glance.NUMBER][2][rows, columns].unique()
    assert len(sizes) == len(outlined[outlined > 0]) == 4
