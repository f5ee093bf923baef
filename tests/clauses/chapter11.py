"""Chapter 11: for every clause of a prompt, an answer that is right but for that clause, and the group that shows it."""

import numpy as np
from scipy import ndimage

from segbook.exercises import get

leaking, contrast, table, nuclei = (get(id).solution for id in ("11.1", "11.2", "11.3", "11.4"))


def contrast_by(ends=lambda image, low, high: np.percentile(image, [low, high]), flat=0.0):
    def answer(images, *, low, high):
        made = []
        for image in images:
            dark, bright = ends(image, low, high)
            made.append((image - dark) / (bright - dark) if bright != dark else np.full(image.shape, flat))
        return np.array(made)

    return answer


def table_by(change):
    return lambda instances, image: change(table(instances, image), instances, image)


def rows_of(numbers):
    def answer(instances, image):
        full = table(instances, image)
        return full[np.isin(full[:, 0], numbers)] if np.isin(full[:, 0], numbers).any() else np.zeros((0, 5))

    return answer


def pieces(threshold):
    return lambda probs: np.stack([ndimage.label(one > threshold)[0] for one in probs])


CLAUSES = {
    "11.1": [
        ("if some training image comes from the same field", "shared", lambda train, test: leaking(train[:1], test)),
        ("says for each test image", "shared", lambda train, test: np.isin(train, test)),
        ("whether it leaks", "shared", lambda train, test: ~leaking(train, test)),
        ("The two arrays\nneed not be equally long", "shared", lambda train, test: leaking(train, test) if len(train) == len(test) else np.zeros(len(test), bool)),
        ("each may hold several tiles of one field", "several tiles", lambda train, test: (test[:, None] == train).sum(axis=1) == 1),
    ],
    "11.2": [
        ("For each image separately", "a stack", lambda images, *, low, high: (images - np.percentile(images, low)) / max(np.ptp(np.percentile(images, [low, high])), 1e-9)),
        ("dark be the `low`-th percentile of its values", "one image", contrast_by(lambda image, low, high: (image.min(), np.percentile(image, high)))),
        ("and bright the `high`-th", "hot pixels", contrast_by(lambda image, low, high: (np.percentile(image, low), image.max()))),
        ("both as `np.percentile` gives them", "one image", contrast_by(lambda image, low, high: np.percentile(image, [low, high], method="lower"))),
        ("both as `np.percentile` gives them", "one image", contrast_by(lambda image, low, high: np.quantile(image, [low / 1000, high / 1000]))),
        ("Subtract dark, then\ndivide by bright minus dark", "one image", lambda images, *, low, high: contrast(images, low=low, high=high) + 1),
        ("Nothing is clipped", "hot pixels", lambda images, **options: contrast(images, **options).clip(None, 1)),
        ("Nothing is clipped", "one image", lambda images, **options: contrast(images, **options).clip(0, None)),
        ("If bright equals dark, the image\nbecomes 0 everywhere", "flat", contrast_by(flat=0.5)),
        ("from `images` of shape `(N, H, W)`", "a stack", lambda images, **options: contrast(images[:1], **options)),
        ("changed images in the same shape", "one image", lambda images, **options: contrast(images, **options)[0]),
    ],
    "11.3": [
        ("mean row and the mean column of its pixels", "one object", table_by(lambda rows, instances, image: np.round(rows))),
        ("one row for each id that occurs", "several", rows_of([1])),
        ("ids with 0 for background", "one object", lambda instances, image: np.vstack([np.zeros(5), table(instances, image)])),
        ("in ascending order", "several", table_by(lambda rows, *_: rows[::-1])),
        ("its id, its number of pixels, its mean row, its mean column", "one object", table_by(lambda rows, *_: rows[:, [1, 0, 2, 3, 4]])),
        ("and the mean grey value of its pixels", "one object", table_by(lambda rows, instances, image: np.column_stack([rows[:, :4], [np.median(image[instances == n]) for n in rows[:, 0]]]))),
        ("Ids need not be 1, 2, 3", "ids with gaps", rows_of([1, 2, 3])),
        ("There is at least one object", "one object", lambda instances, image: table(instances, image) if instances.max() > 1 else np.zeros((0, 5))),
    ],
    "11.4": [
        ("the probability of a nucleus at every pixel", "AP above 0.45", lambda probs: nuclei(1 - probs)),
        ("give every pixel the id of its object, or 0", "AP above 0.63", lambda probs: nuclei(probs) + 1),
        ("Above ½, most nuclei that touch form one connected region", "AP above 0.55", pieces(0.5)),
        ("return whole numbers of at least 0", "AP above 0.45", lambda probs: nuclei(probs) / 7),
        ("return whole numbers of at least 0", "AP above 0.45", lambda probs: -nuclei(probs)),
        ("the same shape", "AP above 0.45", lambda probs: nuclei(probs)[0]),
        ("Every id of an image is one object", "AP above 0.63", lambda probs: nuclei(probs) % 16),
        ("The score is\nthe AP at an IoU of 0.5", "AP above 0.63", lambda probs: nuclei(np.where(probs > 0.93, probs, 0))),
        ("Connected regions above ½ have an AP of 0.52", "AP above 0.55", pieces(0.5)),
        ("Points are given for an AP above 0.45, above 0.55\nand above 0.63", "AP above 0.63", pieces(0.6)),
    ],
}  # fmt: skip
