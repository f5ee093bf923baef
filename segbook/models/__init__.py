"""The book's four models, one small class for each idea: patches, fully convolutional, encoder–decoder, U-Net.

All take images (N, C_in, H, W) and return logits (N, C, H, W), the scores before softmax; all start from He's weights
(`PatchClassifier` itself takes patches). What `segbook.train.predict` must know to cut a large image into tiles, they
say: they are `Tileable`.
"""

from segbook.models.encoder_decoder import EncoderDecoder
from segbook.models.fcn import FCN, initialise_bilinear
from segbook.models.layers import DoubleConv, Upsample, initialise
from segbook.models.patch import DensePatchClassifier, PatchClassifier
from segbook.models.tiling import Tileable
from segbook.models.unet import UNet, crop_centre

__all__ = [
    "FCN",
    "DensePatchClassifier",
    "DoubleConv",
    "EncoderDecoder",
    "PatchClassifier",
    "Tileable",
    "UNet",
    "Upsample",
    "crop_centre",
    "initialise",
    "initialise_bilinear",
]
