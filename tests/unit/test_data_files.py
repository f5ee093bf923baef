"""Files in the forms in which people keep them: the right values, or a message with the path and what is wrong."""

import struct
import zlib

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image

from segbook.data import paired_files, read_image, read_labels, read_objects

RNG = np.random.default_rng(0)
GREY = RNG.integers(1, 255, (5, 7)).astype(np.uint8)  # neither black nor white
DEEP = RNG.integers(300, 60000, (5, 7)).astype(np.uint16)
COLOR = RNG.integers(0, 256, (5, 7, 3)).astype(np.uint8)
SAME = np.stack([GREY] * 3, axis=-1)
ALPHA = RNG.integers(0, 256, (5, 7)).astype(np.uint8)
IDS = np.array([[0, 0, 1, 1], [300, 300, 0, 1], [300, 0, 0, 65535]], np.uint16)
CLASSES = np.array([[0, 0, 1], [2, 2, 1]], np.uint8)
PALETTE = [0, 0, 0, 255, 0, 0, 0, 0, 255]  # black, red, blue
MASK = np.array([[0, 255, 255], [0, 0, 255]], np.uint8)


def pil(values, mode=None, **options):
    def write(path):
        image = Image.fromarray(values)
        (image.convert(mode) if mode else image).save(path, **options)

    return write


def tiff(values, **options):
    return lambda path: tifffile.imwrite(path, values, **options)


def palette(path):
    image = Image.fromarray(CLASSES).copy()
    image.putpalette(PALETTE)
    image.save(path)


def palette_with_alpha(path):
    image = Image.fromarray(CLASSES).copy()
    image.putpalette(PALETTE)
    image.save(path, transparency=0)


def turned(orientation):
    """Save so that a viewer that knows of orientations shows GREY."""

    def write(path):
        back = {1: GREY, 2: np.fliplr(GREY), 3: np.rot90(GREY, 2), 4: np.flipud(GREY), 5: GREY.T}
        back |= {6: np.rot90(GREY), 7: np.rot90(GREY, 2).T, 8: np.rot90(GREY, -1)}
        stored = np.ascontiguousarray(back[orientation])
        if path.suffix == ".tif":
            tifffile.imwrite(path, stored, extratags=[(274, "H", 1, orientation, True)])
        else:
            exif = Image.Exif()
            exif[274] = orientation
            Image.fromarray(stored).save(path, exif=exif)

    return write


def deep_color_png(path):
    """A PNG of three times 16 bits, which Pillow cannot write."""
    rows = b"".join(b"\0" + row.tobytes() for row in np.stack([DEEP] * 3, axis=-1).astype(">u2"))
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", 7, 5, 16, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    body = b"".join(struct.pack(">I", len(x)) + k + x + struct.pack(">I", zlib.crc32(k + x)) for k, x in chunks)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def lzw(path):
    Image.fromarray(GREY).save(path, compression="tiff_lzw")


def scaled(values, white):
    array = values.astype(np.float32) / np.float32(white)
    return array[None] if array.ndim == 2 else array.transpose(2, 0, 1)


RED_BLUE = np.array(PALETTE, np.uint8).reshape(3, 3)[CLASSES]
FLOATS = RNG.normal(size=(5, 7)).astype(np.float32)
IMAGES = {
    "grey.png": (pil(GREY), scaled(GREY, 255)),
    "deep.png": (pil(DEEP), scaled(DEEP, 65535)),
    "color.png": (pil(COLOR), scaled(COLOR, 255)),
    "grey_in_color.png": (pil(SAME), scaled(GREY, 255)),
    "alpha.png": (pil(np.dstack([COLOR, ALPHA])), scaled(COLOR, 255)),
    "grey_in_color_alpha.png": (pil(np.dstack([SAME, ALPHA])), scaled(GREY, 255)),
    "grey_alpha.png": (pil(np.dstack([GREY, ALPHA])), scaled(GREY, 255)),
    "black_white.png": (pil(MASK > 0), scaled(MASK, 255)),
    "palette.png": (palette, scaled(RED_BLUE, 255)),
    "palette_alpha.png": (palette_with_alpha, scaled(RED_BLUE, 255)),
    "cmyk.jpg": (pil(np.full((4, 4, 3), 255, np.uint8), "CMYK"), np.ones((1, 4, 4), np.float32)),
    "cmyk.tif": (pil(np.full((4, 4, 3), 255, np.uint8), "CMYK"), np.ones((1, 4, 4), np.float32)),
    "jpeg.tif": (pil(np.full((16, 16, 3), 255, np.uint8), compression="jpeg"), np.ones((1, 16, 16), np.float32)),
    "deep_color.png": (deep_color_png, scaled((DEEP >> 8).astype(np.uint8), 255)),
    "grey.bmp": (pil(GREY), scaled(GREY, 255)),
    "grey.gif": (pil(GREY), scaled(GREY, 255)),
    "grey.pgm": (pil(GREY), scaled(GREY, 255)),
    "lossless.webp": (pil(COLOR, lossless=True, exact=True), scaled(COLOR, 255)),
    "grey.tif": (tiff(GREY), scaled(GREY, 255)),
    "upper.TIFF": (tiff(GREY), scaled(GREY, 255)),
    "deep.tif": (tiff(DEEP), scaled(DEEP, 65535)),
    "other_byte_order.tif": (tiff(DEEP, byteorder=">"), scaled(DEEP, 65535)),
    "big.tif": (tiff(DEEP, bigtiff=True), scaled(DEEP, 65535)),
    "float.tif": (tiff(FLOATS), FLOATS[None]),
    "double.tif": (tiff(FLOATS.astype(np.float64)), FLOATS[None]),
    "zipped.tif": (tiff(GREY, compression="zlib"), scaled(GREY, 255)),
    "lzw.tif": (lzw, scaled(GREY, 255)),
    "tiles.tif": (tiff(np.tile(GREY, (10, 10)), tile=(16, 16)), scaled(np.tile(GREY, (10, 10)), 255)),
    "color.tif": (tiff(COLOR, photometric="rgb"), scaled(COLOR, 255)),
    "deep_color.tif": (tiff(DEEP.reshape(5, 7, 1) // np.array([1, 2, 3], np.uint16), photometric="rgb"), None),
    "planes.tif": (tiff(COLOR.transpose(2, 0, 1), photometric="rgb", planarconfig="separate"), scaled(COLOR, 255)),
    "alpha.tif": (tiff(np.dstack([COLOR, ALPHA]), photometric="rgb", extrasamples=["unassalpha"]), scaled(COLOR, 255)),
    "one_page.tif": (tiff(GREY[None, None], photometric="minisblack"), scaled(GREY, 255)),
    "imagej_channels.tif": (tiff(COLOR.transpose(2, 0, 1), imagej=True, metadata={"axes": "CYX"}), scaled(COLOR, 255)),
    "white_is_zero.tif": (tiff(255 - GREY, photometric="miniswhite"), scaled(GREY, 255)),
    "palette.tif": (
        tiff(
            CLASSES,
            photometric="palette",
            colormap=np.pad(
                RED_BLUE_MAP := np.array(PALETTE).reshape(3, 3).T.astype(np.uint16) * 257, ((0, 0), (0, 253))
            ),
        ),
        scaled(RED_BLUE, 255),
    ),
    **{f"turned_{number}.png": (turned(number), scaled(GREY, 255)) for number in range(1, 9)},
    **{f"turned_{number}.tif": (turned(number), scaled(GREY, 255)) for number in range(1, 9)},
}


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_is_read(name, tmp_path):
    write, expected = IMAGES[name]
    write(tmp_path / name)
    image = read_image(str(tmp_path / name))
    assert image.dtype == torch.float32
    assert image.is_contiguous()
    if expected is None:
        expected = scaled(DEEP.reshape(5, 7, 1) // np.array([1, 2, 3], np.uint16), 65535)
    np.testing.assert_allclose(image.numpy(), expected, rtol=1e-6)


def test_a_photograph_is_read_with_the_values_that_its_compression_left(tmp_path):
    smooth = np.linspace(0, 255, 64).astype(np.uint8)[:, None] * np.ones((48, 1, 3), np.uint8)
    Image.fromarray(smooth).save(tmp_path / "photo.jpg", quality=95)
    image = read_image(tmp_path / "photo.jpg", channels=3)
    assert image.shape == (3, 48, 64)
    assert abs(image.numpy() * 255 - smooth.transpose(2, 0, 1)).max() < 8


def test_grey_and_colour_can_be_asked_for(tmp_path):
    pil(GREY)(tmp_path / "grey.png")
    pil(COLOR)(tmp_path / "color.png")
    pil(SAME)(tmp_path / "same.png")
    np.testing.assert_array_equal(read_image(tmp_path / "grey.png", channels=3), scaled(SAME, 255))
    np.testing.assert_array_equal(read_image(tmp_path / "same.png", channels=3), scaled(SAME, 255))
    np.testing.assert_array_equal(read_image(tmp_path / "same.png", channels=1), scaled(GREY, 255))
    with pytest.raises(
        ValueError, match=r"color\.png: image must have 1 channel: got 3, which differ at row 0, column"
    ):
        read_image(tmp_path / "color.png", channels=1)


LABELS = {
    "classes.png": (pil(CLASSES), {}, CLASSES),
    "palette.png": (palette, {}, CLASSES),
    "palette_alpha.png": (palette_with_alpha, {}, CLASSES),
    "palette_by_color.png": (
        palette,
        {"colors": {"#000000": 0, "#FF0000": 7, (0, 0, 255): 3}},
        np.array([0, 7, 3])[CLASSES],
    ),
    "colors.png": (pil(RED_BLUE), {"colors": ["#000000", [255, 0, 0], "#0000ff"]}, CLASSES),
    "colors_alpha.png": (
        pil(np.dstack([RED_BLUE, RED_BLUE[..., :1]])),
        {"colors": ["#000000", "#FF0000", "#0000FF"]},
        CLASSES,
    ),
    "grey_by_color.png": (pil(MASK), {"colors": {"#000000": 2, "#FFFFFF": 5}}, np.where(MASK > 0, 5, 2)),
    "black_white.png": (pil(MASK), {}, MASK > 0),
    "one_bit.png": (pil(MASK > 0), {}, MASK > 0),
    "black_white_in_color.png": (pil(np.stack([MASK] * 3, axis=-1)), {}, MASK > 0),
    "black_white_alpha.png": (pil(np.dstack([MASK, MASK])), {}, MASK > 0),
    "all_white.png": (pil(np.full((2, 2), 255, np.uint8)), {}, np.ones((2, 2))),
    "all_black.png": (pil(np.zeros((2, 2), np.uint8)), {}, np.zeros((2, 2))),
    "void.png": (pil(np.array([[0, 1, 255]], np.uint8)), {}, np.array([[0, 1, 255]])),
    "ids.png": (pil(IDS), {}, IDS),
    "ids.tif": (tiff(IDS), {}, IDS),
    "ids_32.tif": (tiff(IDS.astype(np.uint32) * 70000), {}, IDS.astype(np.int64) * 70000 % 2**32),
    "ids_signed.tif": (tiff(IDS.astype(np.int32)), {}, IDS),
    "ids_float.tif": (tiff(IDS.astype(np.float32)), {}, IDS),
    "ids_zipped.tif": (tiff(IDS, compression="zlib"), {}, IDS),
    "ids_lzw.tif": (lambda path: Image.fromarray(IDS).save(path, compression="tiff_lzw"), {}, IDS),
    "deep_black_white.tif": (tiff(MASK.astype(np.uint16) * 257), {}, MASK > 0),
    "black_white.tif": (tiff(MASK), {}, MASK > 0),
    "one_bit.tif": (lambda path: Image.fromarray(MASK > 0).save(path), {}, MASK > 0),
    "black_white.bmp": (pil(MASK), {}, MASK > 0),
    "classes.gif": (pil(CLASSES), {}, CLASSES),
    "lossless.webp": (pil(np.stack([CLASSES] * 3, axis=-1), lossless=True), {}, CLASSES),
}


@pytest.mark.parametrize("name", LABELS)
def test_a_mask_is_read(name, tmp_path):
    write, options, expected = LABELS[name]
    write(tmp_path / name)
    labels = read_labels(tmp_path / name, **options)
    assert labels.dtype == torch.int64
    np.testing.assert_array_equal(labels.numpy(), expected)


def cut(write, share):
    def write_less(path):
        write(path)
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])

    return write_less


def flipped_bits(path):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64)).astype(np.uint8)
    pil(noise)(path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 40] = bytes(40)
    path.write_bytes(data)


def two_sizes(path):
    with tifffile.TiffWriter(path) as file:
        file.write(GREY)
        file.write(GREY[:2, :2])


NOISE = RNG.integers(0, 256, (64, 64)).astype(np.uint8)
BLURRED = np.asarray(Image.fromarray(np.kron(MASK, np.ones((20, 20), np.uint8))).rotate(20))
READ = {"image": read_image, "labels": read_labels}
REFUSED = {
    "image empty.png": (lambda path: path.write_bytes(b""), {}, r"is empty"),
    "image text.png": (
        lambda path: path.write_text("no picture"),
        {},
        r"cannot be read, truncated or corrupt\? \(Unident",
    ),
    "image cut.png": (cut(pil(NOISE), 0.5), {}, r"cannot be read, truncated or corrupt\?"),
    "image cut.jpg": (cut(pil(NOISE), 0.5), {}, r"cannot be read, truncated or corrupt\?"),
    "image cut_head.png": (cut(pil(NOISE), 0.005), {}, r"cannot be read, truncated or corrupt\?"),
    "image bits.png": (flipped_bits, {}, r"cannot be read, truncated or corrupt\?"),
    "image cut.tif": (cut(tiff(NOISE), 0.5), {}, r"cannot be read, truncated or corrupt\?"),
    "image cut_head.tif": (cut(tiff(NOISE), 0.01), {}, r"cannot be read, truncated or corrupt\?"),
    "image cut_zipped.tif": (cut(tiff(NOISE, compression="zlib"), 0.5), {}, r"cannot be read, truncated or corrupt\?"),
    "labels cut_zipped.tif": (cut(tiff(NOISE, compression="zlib"), 0.7), {}, r"cannot be read, truncated or corrupt\?"),
    "labels cut_lzw.tif": (
        cut(lambda path: Image.fromarray(NOISE).save(path, compression="tiff_lzw"), 0.5),
        {},
        r"cannot be read",
    ),
    "image pages.tif": (
        tiff(np.stack([GREY] * 30)),
        {},
        r"holds 30 pictures \(axes \w+, shape \(30, 5, 7\)\), and one is meant",
    ),
    "labels pages.tif": (
        tiff(np.stack([DEEP] * 2)),
        {},
        r"holds 2 pictures .* tifffile\.imread\(path\)\[0\] is the first",
    ),
    "image sizes.tif": (two_sizes, {}, r"holds 2 pictures of different kinds, \(5, 7\), \(2, 2\), and one is meant"),
    "image moving.gif": (
        lambda path: Image.fromarray(GREY).save(path, save_all=True, append_images=[Image.fromarray(255 - GREY)]),
        {},
        r"holds 2 pictures, and one is meant: save each to a file of its own",
    ),
    "image int.tif": (
        tiff(GREY.astype(np.int32) * 100),
        {},
        r"image must be of bool, uint8, uint16 or floats: got int32, .* run from",
    ),
    "image nan.tif": (
        tiff(np.where(np.arange(35).reshape(5, 7) == 9, np.nan, 0).astype(np.float32)),
        {},
        r"got nan at row 1, column 2",
    ),
    "image four.png": (pil(GREY), {"channels": 4}, r"channels must be 1, 3 or None: got 4"),
    "labels blurred.jpg": (
        pil(BLURRED),
        {},
        r"compressed with loss, .* it holds \d+ values, (0, 255|255, 0)(, \d+){6} …\. Save masks as PNG",
    ),
    "labels classes.jpg": (pil(np.kron(CLASSES, np.ones((8, 8), np.uint8))), {}, r"it holds \d+ values, "),
    "labels jpeg.tif": (pil(BLURRED, compression="jpeg"), {}, r"compressed with loss"),
    "labels lossy.webp": (pil(np.stack([BLURRED] * 3, axis=-1), quality=50), {}, r"compressed with loss"),
    "labels colors.png": (
        pil(RED_BLUE),
        {},
        r"mask holds 3 colours, #000000, #0000FF, #FF0000: say which class each is",
    ),
    "labels unknown.png": (
        pil(RED_BLUE),
        {"colors": ["#000000", "#FF0000"]},
        r"mask holds colour #0000FF at row 1, column 0 \(and 1 more\), which is not in the table: #000000, #FF0000",
    ),
    "labels twice.png": (
        pil(RED_BLUE),
        {"colors": {"#0000FF": 1, (0, 0, 255): 2}},
        r"gives colour #0000FF two classes: 1 and 2",
    ),
    "labels no_color.png": (
        pil(RED_BLUE),
        {"colors": ["black"]},
        r"a colour must be '#RRGGBB' or three numbers from 0 to 255: got 'black'",
    ),
    "labels high.png": (pil(RED_BLUE), {"colors": [(0, 0, 256)]}, r"three numbers from 0 to 255: got \(0, 0, 256\)"),
    "labels probs.tif": (
        tiff(np.array([[0, 1], [0.25, 1]], np.float32)),
        {},
        r"whole numbers: got 0\.25 at row 1, column 0",
    ),
    "labels nan.tif": (tiff(np.array([[0, np.inf]], np.float32)), {}, r"whole numbers: got inf at row 0, column 1"),
    "labels negative.tif": (
        tiff(np.array([[0, -2]], np.int16)),
        {},
        r"mask must be at least 0 \(0 = background\): got -2",
    ),
    "labels deep_color.png": (deep_color_png, {}, r"holds colours of 16 bits, of which 8 can be read"),
    "labels deep_color.tif": (
        tiff(np.stack([IDS, IDS, 0 * IDS], axis=-1), photometric="rgb"),
        {"colors": ["#000000"]},
        r"colours must be 0 … 255: got uint16 up to 65535",
    ),
    "labels white_is_zero.tif": (
        tiff(MASK, photometric="miniswhite"),
        {},
        r"stores white as 0, so that nobody can say which",
    ),
    "labels two_channels.tif": (
        tiff(np.stack([IDS, IDS]), imagej=True, metadata={"axes": "CYX"}),
        {},
        r"mask must be \(H, W\) or \(H, W, 3\) with pixels: got shape \(3, 4, 2\)",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_taken_is_refused_with_its_path(name, tmp_path):
    kind, file = name.split()
    write, options, message = REFUSED[name]
    write(tmp_path / file)
    with pytest.raises(ValueError, match=message) as caught:
        READ[kind](tmp_path / file, **options)
    assert str(caught.value).startswith(f"{tmp_path / file}: ")


@pytest.mark.parametrize("read", [read_image, read_labels])
def test_a_file_that_is_not_there_is_an_os_error(read, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.png"):
        read(tmp_path / "none.png")
    with pytest.raises(IsADirectoryError):
        read(tmp_path)


def objects(folder, *masks):
    folder.mkdir(parents=True)
    for number, mask in enumerate(masks):
        Image.fromarray(np.array(mask, np.uint8) * 255).save(folder / f"{number}.png")
    return folder


def test_masks_of_one_object_each_become_ids(tmp_path):
    folder = objects(tmp_path / "masks", [[1, 0, 0], [1, 0, 0]], [[0, 1, 0], [0, 1, 0]], [[0, 0, 0], [0, 0, 1]])
    (folder / ".DS_Store").write_bytes(b"x")
    (folder / "notes.txt").write_text("x")
    assert read_objects(folder).tolist() == [[1, 2, 0], [1, 2, 3]]
    assert read_objects([folder / "2.png", folder / "0.png"]).tolist() == [[2, 0, 0], [2, 0, 1]]


@pytest.mark.parametrize(
    ("masks", "message"),
    [
        ([], r"masks: there are no masks"),
        ([[[0, 0]]], r"0\.png: must hold one object, 0 and one other value: got \[0\]"),
        ([[[1, 0]], [[1, 1]]], r"1\.png: overlaps 0\.png in 1 pixels, as at row 0, column 0"),
        ([[[1, 0]], [[1, 1, 0]]], r"1\.png: is \(1, 3\), while 0\.png is \(1, 2\)"),
    ],
)
def test_masks_of_objects_that_make_no_map_are_refused(masks, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        read_objects(objects(tmp_path / "masks", *masks))


def test_a_mask_of_several_ids_is_not_one_object(tmp_path):
    Image.fromarray(CLASSES).save(tmp_path / "a.png")
    with pytest.raises(ValueError, match=r"a\.png: must hold one object, 0 and one other value: got \[0, 1, 2\]"):
        read_objects([tmp_path / "a.png"])


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def test_images_find_their_masks_by_name(tmp_path):
    touch(tmp_path, "images/b.tif", "images/a.jpg", "images/.a.png", "images/Thumbs.db", "masks/a.png", "masks/b/1.png")
    images, masks = paired_files(tmp_path)
    assert [str(x.relative_to(tmp_path)) for x in images] == ["images/a.jpg", "images/b.tif"]
    assert [str(x.relative_to(tmp_path)) for x in masks] == ["masks/a.png", "masks/b"]
    touch(tmp_path, "frames/b.png", "frames/a.png")
    assert paired_files(tmp_path, images="frames")[0] == [tmp_path / "frames/a.png", tmp_path / "frames/b.png"]


def test_the_layout_of_the_data_science_bowl_is_known(tmp_path):
    touch(tmp_path, *(f"{x}/images/{x}.png" for x in "ba"), *(f"{x}/masks/{n}.png" for x in "ab" for n in "12"))
    assert paired_files(tmp_path) == (
        [tmp_path / "a/images/a.png", tmp_path / "b/images/b.png"],
        [tmp_path / "a/masks", tmp_path / "b/masks"],
    )


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["images/a.png", "masks/b.png"], r"1 of 1 images have no mask: a; 1 of 1 masks have no image: b"),
        (
            [*(f"images/{n}.png" for n in range(8)), "masks/0.png"],
            r"7 of 8 images have no mask: 1, 2, 3, 4, 5 …; 0 of 1 masks have no image: none",
        ),
        (["images/a.png", "images/a.tif", "masks/a.png"], r"images: two have the name a: a\.png and a\.tif"),
        (["images/x.txt", "masks/x.txt"], r"there are no images in images, nor in folders that hold images"),
        (["a/images/a.png", "a/images/b.png", "a/masks/1.png"], r"each must hold one image: a do not"),
        (["a/images/a.png", "b/images/b.png", "b/masks/1.png"], r"1 of 2 images have no mask: a"),
    ],
)
def test_what_has_no_partner_is_listed(names, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        paired_files(touch(tmp_path, *names))
