"""Chapter 11: references against sets, the book's own normalise and scikit-image; the open exercise is scored rightly."""

import numpy as np
from answering import drawn
from skimage.measure import regionprops

from segbook.data import normalise


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
