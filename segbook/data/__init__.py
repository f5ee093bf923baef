"""Images and their truth: scenes, photographs, real nuclei, what each task keeps of a truth (`views`), `augment`.

A scene is drawn from geometry: first the labels, then what a camera would make of them. So the labels are exact,
however dark or noisy the image is. A scene is named by its seed; NumPy draws it, because the random bits of its
generators are the same on every machine, while torch promises no such thing across releases and processors. The image
is rounded to 256 grey levels, as a camera does, and that hides what is left: the last bit of a float.

Other people's pictures come from files (`read_image`, `read_labels`, `LabelledImages`), real nuclei with labels lie in
the package (`nuclei`), and `Variations` makes a training set of any of them.
"""

from segbook.data import augment, views
from segbook.data.cells import CELL_SHAPES, CellScenes, cell_scene
from segbook.data.drawing import Scene
from segbook.data.files import paired_files, read_image, read_labels, read_objects
from segbook.data.granules import granule_answers, granule_scene, granule_terms
from segbook.data.halved import halved_answers
from segbook.data.last_layers import last_layer_results, last_layer_scores
from segbook.data.nuclei import nuclei, nuclei_fields
from segbook.data.pictures import PICTURES, picture
from segbook.data.pixels import normalise, to_image, to_labels
from segbook.data.published import fetch_dsb2018, fetch_isbi2012
from segbook.data.samples import LabelledImages
from segbook.data.targets import BORDER_CLASSES, border_labels
from segbook.data.tissue import tissue_scene
from segbook.data.toys import TOY_CLASSES, TOY_COLORS, toy_scene
from segbook.data.variations import Variations

__all__ = [
    "BORDER_CLASSES",
    "CELL_SHAPES",
    "PICTURES",
    "TOY_CLASSES",
    "TOY_COLORS",
    "CellScenes",
    "LabelledImages",
    "Scene",
    "Variations",
    "augment",
    "border_labels",
    "cell_scene",
    "fetch_dsb2018",
    "fetch_isbi2012",
    "granule_answers",
    "granule_scene",
    "granule_terms",
    "halved_answers",
    "last_layer_results",
    "last_layer_scores",
    "normalise",
    "nuclei",
    "nuclei_fields",
    "paired_files",
    "picture",
    "read_image",
    "read_labels",
    "read_objects",
    "tissue_scene",
    "to_image",
    "to_labels",
    "toy_scene",
    "views",
]
