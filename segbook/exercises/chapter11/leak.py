"""11.1: test images that share a field of view with a training image."""

import numpy as np

from segbook.exercises.declaration import Exercise
from segbook.exercises.drawing import whole

exercise = Exercise(
    id="11.1",
    title="Does it leak?",
    level=1,
    points={"apart": 1, "shared": 1, "several tiles": 1},
    prompt="""\
Images are tiles of larger fields of view. A test image **leaks** if some training image comes from the same field:
then the network has already seen that slide, that stain and perhaps half of a nucleus at the tile's edge.

Write `leaking`: from `train_fields` and `test_fields`, which hold the number of the field for each training image and
for each test image, return an array of True and False that says for each test image whether it leaks. The two arrays
need not be equally long, and each may hold several tiles of one field.""",
    hints=(
        "Take one test image. With which training images do you have to compare its field, and how many of them must "
        "be of the same field?",
        "train_fields == test_fields[0] compares the first test image with all training images. What do you ask of the "
        "answers? A loop does the same for every test image.",
        "Without a loop, test_fields[:, None] == train_fields compares each with each, and has one row for each test "
        "image: ask any(...) along the other axis.",
    ),
)


@exercise.reference
def leaking(train_fields: np.ndarray, test_fields: np.ndarray) -> np.ndarray:
    """Mark the test images of whose field there is a training image.

    >>> leaking(np.array([3, 7, 7]), np.array([7, 5]))
    array([ True, False])
    """
    return (test_fields[:, None] == train_fields).any(axis=1)


@exercise.cases
def cases(rng):
    """Draw splits that leak nowhere, at single tiles, and at several tiles of a field."""
    yield "apart", (np.array([4]), np.array([9]))
    yield "apart", (np.array([9]), np.array([9]))
    yield "shared", (np.array([1, 2]), np.array([2, 1, 3]))
    yield "shared", (np.array([1, 2]), np.array([3, 1, 2]))  # a shape never tells the answer
    yield "several tiles", (np.array([5, 5, 8]), np.array([8, 5, 5, 2]))
    yield "several tiles", (np.array([5, 5, 8]), np.array([2, 5, 5, 8]))
    for _ in range(3):
        for group in exercise.points:
            yield group, _split(rng, group)


def _split(rng, group):
    """Draw until exactly those mistakes that lose the group give another answer than the reference."""
    while True:
        fields = rng.permutation(np.arange(1, 90))
        train, test = fields[: whole(rng, 3, 5)], fields[6 : 6 + whole(rng, 3, 5)]
        if group == "apart":  # nothing in common but one tile each at another place
            test = np.append(test, train[1])
        if group == "shared":
            test = np.concatenate([test, train[:2]])
        if group == "several tiles":
            train, test = np.append(train, train[0]), np.concatenate([test, np.repeat(train[:2], 2)])
        train, test = rng.permutation(train), rng.permutation(test)
        right = leaking(train, test)
        differ = {one.name for one in exercise.misconceptions if not _same(one.answer(train, test), right)}
        if differ == {one.name for one in exercise.misconceptions if group in one.loses}:
            return train, test


def _same(value, right):
    return np.shape(value) == right.shape and (np.asarray(value) == right).all()


@exercise.misconception("place by place", loses={"apart", "shared", "several tiles"})
def _(train_fields, test_fields):
    """You compare the first test image with the first training image only, the second with the second. A test image
    leaks if any training image is of its field.
    """
    found = np.zeros(len(test_fields), bool)
    both = min(len(train_fields), len(test_fields))
    found[:both] = train_fields[:both] == test_fields[:both]
    return found


@exercise.misconception("training images marked", loses={"apart", "shared", "several tiles"})
def _(train_fields, test_fields):
    """You mark the training images. Mark the test images that leak."""
    return np.isin(train_fields, test_fields)


@exercise.misconception("inverted", loses={"apart", "shared", "several tiles"})
def _(train_fields, test_fields):
    """You mark the images that do not leak. Mark those that do."""
    return ~np.isin(test_fields, train_fields)


@exercise.misconception("first tile only", loses={"several tiles"})
def _(train_fields, test_fields):
    """Of several test tiles of one field you mark only the first. Each of them leaks."""
    found = np.zeros(len(test_fields), bool)
    _, first = np.unique(test_fields, return_index=True)
    found[first] = np.isin(test_fields[first], train_fields)
    return found


@exercise.misconception("single tiles only", loses={"several tiles"})
def _(train_fields, test_fields):
    """You ask for exactly one training image of the field. Several make a leak, too."""
    return (test_fields[:, None] == train_fields).sum(axis=1) == 1


@exercise.misconception("one leak condemns all", loses={"apart", "shared", "several tiles"})
def _(train_fields, test_fields):
    """You mark all test images as soon as one leaks. Decide for each image separately."""
    return np.full(len(test_fields), np.isin(test_fields, train_fields).any())


@exercise.variant("place by place")
def _(train_fields, test_fields):
    return train_fields == test_fields  # raises where they are not equally long


@exercise.variant("place by place")
def _(train_fields, test_fields):
    return np.array([one == other for one, other in zip(train_fields, test_fields, strict=False)])
