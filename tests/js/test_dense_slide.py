"""Chapter 4's JavaScript slides the dense layer as torch applies it to every patch."""

from node import run_in_node

from segbook.widgets import DenseSlide


def test_javascript_slides_the_dense_layer_as_torch_applies_it_to_patches(tmp_path):
    figures = [DenseSlide(patch_size=patch, image_size=image) for patch in (3, 4, 5) for image in range(patch, 9)]
    names = ("image", "kernel", "dense", "patch_size", "image_size")
    vectors = [
        {
            "state": {name: getattr(figure, name) for name in names},
            "features": figure.features().int().tolist(),
            "scores": figure.scores().int().tolist(),
            "multiplications": figure.multiplications(),
        }
        for figure in figures
    ]
    run_in_node("dense_slide.test.mjs", {"figures": vectors}, tmp_path)
