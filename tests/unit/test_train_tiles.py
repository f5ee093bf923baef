"""Tiles without seams, for models that say how they can be cut and for those of others."""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_training import one_thread, small_net  # noqa: F401 (one_thread is used by being here)
from torch import nn

from segbook.models import FCN, EncoderDecoder, PatchClassifier, UNet
from segbook.train import predict, tiles


def mirrored(images, before, after_rows, after_columns):
    """Mirror with numpy, which may mirror more than once."""
    pads = ((0, 0), (0, 0), (before, after_rows), (before, after_columns))
    return torch.tensor(np.pad(images.numpy(), pads, mode="reflect"))


@torch.no_grad()
def in_one_pass(model, images):
    """Mirror the whole image, run the model once, keep the middle."""
    height, width = images.shape[-2:]
    context = model.context
    sizes = [model.legal_input_size(size + 2 * context) for size in (height, width)]
    padded = mirrored(images, context, sizes[0] - height - context, sizes[1] - width - context)
    output = model.eval()(padded)
    crop = context - (sizes[0] - output.shape[2]) // 2
    return output[:, :, crop : crop + height, crop : crop + width]


MODELS = {
    "valid": lambda: UNet(1, 2, width=4, depth=2),
    "valid, deep": lambda: UNet(1, 2, width=2, depth=3),
    "valid, nearest": lambda: UNet(1, 2, width=4, depth=2, upsampling="nearest"),
    "valid, bilinear": lambda: UNet(1, 2, width=4, depth=2, upsampling="bilinear"),
    "padded": lambda: UNet(1, 2, width=4, depth=2, padding=True),
    "padded, bilinear": lambda: UNet(1, 2, width=4, depth=2, padding=True, upsampling="bilinear", skips="sum"),
    "encoder–decoder": lambda: EncoderDecoder(1, 2, width=4, depth=2),
    "FCN": lambda: FCN(1, 2, width=4, depth=2, stride=2),
    "patches": lambda: PatchClassifier(1, 2, patch_size=13, width=4, hidden=8).dilated(),
}


small_tiles = pytest.mark.filterwarnings("ignore:a tile of")  # they are so, to have many


@small_tiles
@pytest.mark.parametrize("name", MODELS)
def test_tiles_give_what_one_pass_gives(name):
    torch.manual_seed(1)
    model, images = MODELS[name](), torch.rand(2, 1, 61, 45)
    whole = in_one_pass(model, images)
    assert whole.shape == (2, 2, 61, 45)
    torch.testing.assert_close(predict(model, images), whole)
    smallest = model.legal_input_size(2 * model.context + model.total_stride)
    for more in (0, 1, 5):
        tile = model.legal_input_size(smallest + more * model.total_stride)
        torch.testing.assert_close(predict(model, images, tile=tile), whole)


@small_tiles
def test_predict_gives_each_pixel_the_answer_for_the_patch_around_it():
    torch.manual_seed(0)
    model, images = PatchClassifier(1, 2, patch_size=13, width=4, hidden=8), torch.rand(1, 1, 20, 17)
    answers = predict(model.dilated(), images, tile=18)
    for y, x in ((6, 6), (13, 7), (9, 10)):
        torch.testing.assert_close(answers[:, :, y, x], model(images[:, :, y - 6 : y + 7, x - 6 : x + 7]))
    assert model.dilated().context == 6


@small_tiles
@settings(deadline=None, max_examples=20)
@given(st.integers(1, 70), st.integers(1, 70), st.integers(0, 8))
def test_any_image_can_be_tiled_even_one_smaller_than_its_context(height, width, m):
    torch.manual_seed(2)
    model, images = UNet(1, 2, width=2, depth=2), torch.rand(1, 1, height, width)
    tile = model.legal_input_size(2 * model.context + 4 + 4 * m)
    torch.testing.assert_close(predict(model, images, tile=tile), in_one_pass(model, images))


class OffTheGrid(nn.Module):
    """Says another grid than it has: one that the tiles of the paper lie on."""

    def __init__(self, net, total_stride):
        super().__init__()
        self.net, self.context, self.total_stride = net, net.context, total_stride
        self.legal_input_size = net.legal_input_size

    def forward(self, images):
        return self.net(images)


@small_tiles
def test_without_the_pooling_grid_tiles_side_by_side_would_differ():
    torch.manual_seed(0)
    model, images = UNet(1, 2, width=4, depth=3), torch.rand(1, 1, 60, 24)
    tile = model.legal_input_size(model.smallest)
    kept = tile - 2 * model.context
    assert kept % model.total_stride == 4  # as in the paper: 388 = 24·16 + 4
    whole = in_one_pass(model, images)
    torch.testing.assert_close(predict(model, images, tile=tile + 8), whole)
    assert (predict(OffTheGrid(model, kept + 8), images, tile=tile + 8) - whole).abs().max() > 1e-3


def test_inside_the_image_tiles_of_a_padded_net_give_what_the_net_gives():
    model, images = small_net().eval(), torch.rand(1, 1, 96, 96)
    inner = (..., slice(model.context, -model.context), slice(model.context, -model.context))
    tiled = predict(model, images, tile=96)
    torch.testing.assert_close(tiled[inner], model(images)[inner])
    torch.testing.assert_close(predict(model, images, context=0), model(images))
    assert not torch.allclose(predict(model, images, tile=48, context=0)[inner], tiled[inner])


class Failing(nn.Module):
    def forward(self, images):
        raise ValueError("as it must")


def test_predict_evaluates_without_gradients_and_returns_to_the_modes_it_found():
    model = small_net(dropout=0.5).train()
    first, second = (predict(model, torch.ones(1, 1, 16, 16)) for _ in range(2))
    assert torch.equal(first, second)
    assert model.training
    assert not first.requires_grad
    predict(model.eval(), torch.ones(1, 1, 16, 16))
    assert not model.training
    frozen = nn.Sequential(nn.BatchNorm2d(1).eval(), Failing()).train()
    frozen[0].eval()
    with pytest.raises(ValueError, match="as it must"):
        predict(frozen, torch.ones(1, 1, 16, 16))
    assert [module.training for module in frozen.modules()] == [True, False, True]


def test_a_tile_is_rounded_up_to_a_legal_size():
    sizes = []
    model = small_net()
    model.register_forward_pre_hook(lambda _, given: sizes.append(tuple(given[0].shape[-2:])))
    answers = predict(model, torch.ones(1, 1, 60, 70), tile=90)
    torch.testing.assert_close(answers, predict(model, torch.ones(1, 1, 60, 70)))
    assert set(sizes[:-1]) == {(92, 92)}


def test_large_images_are_cut_by_themselves_and_small_ones_shown_some_at_a_time(monkeypatch):
    torch.manual_seed(0)
    sizes, model = [], UNet(1, 2, width=2, depth=2, padding=True)
    model.register_forward_pre_hook(lambda _, given: sizes.append(tuple(given[0].shape)))
    images = torch.rand(3, 1, 300, 100)
    whole = predict(model, images)
    assert sizes == [(3, 1, 356, 156)]
    monkeypatch.setattr(tiles, "PIXELS", 356 * 156)
    sizes.clear()
    torch.testing.assert_close(predict(model, images), whole)
    assert sizes == [(1, 1, 356, 156)] * 3
    monkeypatch.setattr(tiles, "PIXELS", 51_000)
    sizes.clear()
    torch.testing.assert_close(predict(model, images), whole)
    assert set(sizes) == {(1, 1, 224, 156)}  # 225² pixels, and 225 is no legal size
    sizes.clear()
    monkeypatch.setattr(tiles, "PIXELS", 100)  # still at least six times the context
    torch.testing.assert_close(predict(model, images), whole)
    assert set(sizes) == {(1, 1, 168, 156)}


def test_a_real_image_of_many_megapixels_is_never_shown_whole():
    seen, model = [], FCN(1, 2, width=1, depth=2, stride=2)
    model.register_forward_pre_hook(lambda _, given: seen.append(given[0].shape[-2:].numel()))
    assert predict(model, torch.zeros(1, 1, 3000, 2000)).shape == (1, 2, 3000, 2000)
    assert max(seen) <= tiles.PIXELS


def test_a_tile_that_is_nearly_all_context_is_named_once_with_a_better_one():
    model, images = small_net(), torch.zeros(1, 1, 200, 200)
    with pytest.warns(
        UserWarning, match=r"a tile of 64 pixels keeps 8 between 28 .* 39 times .* With tile=168"
    ) as said:
        predict(model, images, tile=64)
    assert len(said) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for tile in (168, 112, 300):
            predict(model, images, tile=tile)
        predict(model, images[..., :8, :8], tile=64)  # one tile, and nothing smaller would do


# models of others, wrapped and bare


def wrappers(model):
    group = torch.distributed
    yield "DataParallel", nn.DataParallel(model)
    yield "Sequential", nn.Sequential(model)
    yield "compiled", torch.compile(model, backend="eager")
    yield "all of them", nn.DataParallel(nn.Sequential(torch.compile(nn.Sequential(model), backend="eager")))
    group.init_process_group("gloo", store=group.HashStore(), rank=0, world_size=1)
    try:
        yield "DistributedDataParallel", nn.parallel.DistributedDataParallel(model)
    finally:
        group.destroy_process_group()


@pytest.fixture
def _not_compiled():
    """Wrap as `torch.compile` does, and leave the compiler out, which the checked types of the tests confuse."""
    torch.compiler.set_stance("force_eager")
    yield
    torch.compiler.set_stance("default")


@pytest.mark.filterwarnings("ignore")  # what torch.compile and torch.distributed warn of
@pytest.mark.usefixtures("_not_compiled")
def test_a_wrapper_changes_nothing():
    model, images = small_net(), torch.rand(1, 1, 64, 75)
    whole = predict(model, images)
    for name, wrapped in wrappers(model):
        torch.testing.assert_close(
            predict(wrapped, images, tile=92), whole, msg=lambda said, name=name: f"{name}: {said}"
        )
        torch.testing.assert_close(predict(wrapped, images), whole)
        assert not torch.allclose(predict(wrapped, images, context=0), whole)


class Holder(nn.Module):
    """What people write around a network: who can say whether it does more?"""

    def __init__(self, net, after=None):
        super().__init__()
        self.net, self.after = net, after

    def forward(self, images):
        logits = self.net(images)
        return logits if self.after is None else self.after(logits)


class Foreign(nn.Module):
    """A U-Net as others write it: it fails where sizes do not halve, and says nothing about itself."""

    def __init__(self, depth=4, padding=1):
        super().__init__()
        torch.manual_seed(0)
        self.down = nn.ModuleList(nn.Conv2d(2 if i else 1, 2, 3, padding=padding) for i in range(depth + 1))
        self.up = nn.ModuleList(nn.Conv2d(4, 2, 3, padding=padding) for _ in range(depth))

    def forward(self, x):
        skips = []
        for i, conv in enumerate(self.down):
            x = torch.relu(conv(nn.functional.max_pool2d(x, 2) if i else x))
            skips.append(x)
        x = skips.pop()
        for conv in self.up:
            skip = skips.pop()
            x = conv(torch.cat([skip, nn.functional.interpolate(x, scale_factor=2)], dim=1))
        return x


def test_a_foreign_u_net_gets_the_sizes_that_it_needs():
    model, images = Foreign(), torch.rand(2, 1, 100, 90)
    with pytest.raises(RuntimeError, match="must match"):
        model(images)
    with torch.no_grad():
        expected = model(mirrored(images, 0, 12, 6))[..., :100, :90]
    torch.testing.assert_close(predict(model, images), expected)
    torch.testing.assert_close(predict(model, images, multiple=16), expected)
    torch.testing.assert_close(predict(nn.DataParallel(model), images), expected)
    with torch.no_grad():
        torch.testing.assert_close(predict(model, images[..., :96, :80]), model(images[..., :96, :80]))


@small_tiles
def test_a_foreign_u_net_is_cut_as_the_user_says():
    model, images = Foreign(depth=2), torch.rand(2, 1, 100, 90)
    whole = predict(model, images, context=16, multiple=4)
    for tile in (36, 40, 61, 120):
        torch.testing.assert_close(predict(model, images, tile=tile, context=16, multiple=4), whole)
    assert (predict(model, images, tile=40, context=4, multiple=4) - whole).abs().max() > 1e-3  # it does look so far


@small_tiles
def test_a_module_that_holds_ours_is_run_whole_or_cut_by_what_ours_says():
    net, images = small_net(), torch.rand(1, 1, 50, 70)
    holder = Holder(net, nn.Softmax(dim=1))
    torch.testing.assert_close(predict(holder, images), predict(net, images, context=0).softmax(1))
    cut = predict(holder, images, tile=64, context=28, multiple=4)
    torch.testing.assert_close(cut, predict(net, images).softmax(1))


def test_a_module_can_say_itself_how_it_is_cut():
    class Blur(nn.Conv2d):
        context, total_stride = 2, 1

        def legal_input_size(self, at_least):
            return max(at_least, 5)

    torch.manual_seed(0)
    blur, images = Blur(1, 1, 5), torch.rand(1, 1, 20, 31)
    expected = blur(mirrored(images, 2, 2, 2))
    torch.testing.assert_close(predict(blur, images), expected)
    torch.testing.assert_close(predict(blur, images, tile=9), expected)


def test_predict_takes_any_module_and_its_context_by_hand():
    torch.manual_seed(0)
    blur, images = nn.Conv2d(1, 1, 5), torch.rand(1, 1, 20, 31)
    expected = blur(mirrored(images, 2, 2, 2))
    torch.testing.assert_close(predict(blur, images, context=2, multiple=1), expected)
    torch.testing.assert_close(predict(blur, images, tile=9, context=2, multiple=1), expected)
    torch.testing.assert_close(predict(nn.Identity(), images, tile=7, context=0, multiple=1), images)


def returning(change):
    """A module that answers with something else than logits."""
    return Holder(nn.Conv2d(1, 2, 1), change)


@pytest.mark.parametrize("key", ["out", "logits"])
def test_logits_are_taken_out_of_a_dict(key):
    model, images = returning(lambda logits: {"aux": logits[:, :1], key: logits}), torch.rand(1, 1, 8, 9)
    expected = predict(model.net, images)
    assert torch.equal(predict(model, images), expected)
    assert torch.equal(predict(model, images, tile=4, context=0, multiple=1), expected)


FORMS = {
    "uint8": lambda images: (images * 255).to(torch.uint8),
    "NumPy, float64": lambda images: images.numpy().astype(np.float64),
    "NumPy, uint8": lambda images: (images * 255).to(torch.uint8).numpy(),
    "NumPy, backwards": lambda images: images.numpy()[:, :, ::-1, ::-1].copy()[:, :, ::-1, ::-1],
    "NumPy, big-endian": lambda images: images.numpy().astype(">f4"),
    "NumPy, read-only": lambda images: np.broadcast_to(images.numpy(), images.shape),
    "float64": lambda images: images.double(),
    "float16": lambda images: images.half(),
    "channels last": lambda images: images.to(memory_format=torch.channels_last),
    "needs a gradient": lambda images: images.clone().requires_grad_(),
}


@pytest.mark.parametrize("form", FORMS)
def test_images_are_taken_in_every_form_that_is_clear(form):
    model = small_net()
    images = torch.randint(256, (2, 1, 40, 30), generator=torch.Generator().manual_seed(0)) / 255
    expected = predict(model, images)
    answers = predict(model, FORMS[form](images))
    torch.testing.assert_close(answers, expected, rtol=0, atol=2e-3 if form == "float16" else 1e-5)
    assert answers.dtype == torch.float32


def test_a_model_in_double_precision_gets_images_in_it():
    assert predict(small_net().double(), torch.rand(1, 1, 16, 16)).dtype == torch.float64


ones = torch.ones(1, 1, 40, 40)


@pytest.mark.parametrize(
    ("call", "shows"),
    [
        (
            lambda: predict(small_net(), torch.ones(1, 1, 99, 60), tile=56),
            "a tile of 56 pixels keeps 0 between 28 of context on each side, but 4 are needed: make it at least 60",
        ),
        (lambda: predict(small_net(), torch.ones(1, 1, 99, 60), tile=40), "a tile of 40 pixels keeps 0"),
        (lambda: predict(small_net(), ones, tile=0), "tile must be a whole number of at least 1: got 0"),
        (lambda: predict(small_net(), ones, context=-1), "context must be a whole number of at least 0: got -1"),
        (lambda: predict(small_net(), ones, multiple=4), "UNet says itself .*: leave out multiple=4"),
        (lambda: predict(nn.Identity(), ones, multiple=0), "multiple must be a whole number of at least 1: got 0"),
        (lambda: predict(UNet(1, 2, width=2, depth=1), ones, context=2), "cannot crop .*: set context"),
        # models that do not say how they are cut
        (lambda: predict(nn.Conv2d(1, 1, 1), ones, tile=9), "Conv2d does not say .* give context, .* and multiple"),
        (lambda: predict(nn.Conv2d(1, 1, 5), ones, context=2), "Conv2d does not say"),
        (lambda: predict(Foreign(), ones, tile=16, multiple=16), "Foreign does not say"),
        (
            lambda: predict(Holder(small_net()), ones, tile=32),
            "Holder does not say .* It holds a UNet, which says context=28 and multiple=4, but may do more",
        ),
        (lambda: predict(nn.Sequential(small_net(), nn.Softmax(1)), ones, tile=64), "Sequential .* holds a UNet"),
        # what they return
        (lambda: predict(nn.Conv2d(1, 1, 5), ones), r"Conv2d gives no logits .* \(40, 40\) .* \(36, 36\): .* each"),
        (
            lambda: predict(nn.Conv2d(1, 1, 2), ones, context=1, multiple=1),
            r"answers for \(41, 41\): with context 1 it",
        ),
        (lambda: predict(nn.Conv2d(1, 1, 5), ones, context=3, multiple=1), r"for \(42, 42\): .* loses 4 and 4"),
        (lambda: predict(nn.Conv2d(1, 1, 1, padding=1), ones), r"of \(40, 40\) pixels .* for \(42, 42\): .* each"),
        (
            lambda: predict(nn.Conv2d(1, 1, 1, padding=1), ones, context=3, multiple=1),
            r"of \(46, 46\) pixels .* for \(48, 48\): it must answer for no more",
        ),
        (lambda: predict(nn.MaxPool2d(2), ones), r"of \(40, 40\) pixels the model answers for \(20, 20\)"),
        (lambda: predict(nn.MaxPool2d(2), ones, tile=32, context=8, multiple=2), "skips pixels cannot be told"),
        (lambda: predict(nn.MaxPool2d(2), ones, tile=36, context=8, multiple=2), r"for all or for \(20, 20\)"),
        (lambda: predict(PatchClassifier(1, 2).dense(), ones), r"cannot crop \(10, 10\) to \(40, 40\)"),
        (lambda: predict(returning(lambda x: (x, x)), ones), "it returned a tuple of 2"),
        (lambda: predict(returning(lambda x: [x]), ones), "it returned a list of 1"),
        (lambda: predict(returning(lambda x: {"masks": x}), ones), "it returned a dict with masks"),
        (lambda: predict(returning(lambda x: x.argmax(1)), ones), r"it returned \(1, 40, 40\) int64"),
        (lambda: predict(returning(lambda x: x.argmax(1, True)), ones), r"it returned \(1, 1, 40, 40\) int64"),
        (lambda: predict(returning(lambda x: x[0]), ones), r"it returned \(2, 40, 40\) float32"),
        (lambda: predict(returning(lambda x: torch.cat([x, x])), ones), r"it returned \(2, 2, 40, 40\) float32"),
        (lambda: predict(returning(lambda x: x.numpy()), ones), r"it returned \(1, 2, 40, 40\) float32"),
        (lambda: predict(returning(lambda x: None), ones), "it returned NoneType"),
        # images
        (lambda: predict(small_net(), torch.ones(40, 40)), r"got shape \(40, 40\); of one grey .* image\[None, None\]"),
        (lambda: predict(small_net(), np.ones((3, 40, 40))), r"got shape \(3, 40, 40\); of one .* image\[None\]"),
        (lambda: predict(small_net(), torch.ones(1, 1, 0, 4)), r"got shape \(1, 1, 0, 4\) without pixels"),
        (lambda: predict(small_net(), torch.ones(1, 1, 1, 1, 1)), r"got shape \(1, 1, 1, 1, 1\)"),
        (lambda: predict(small_net(), ones.to(torch.uint16)), "got torch.uint16; .* images / 65535"),
        (lambda: predict(small_net(), np.ones((1, 1, 8, 8), dtype=np.uint16)), "got torch.uint16"),
        (lambda: predict(small_net(), ones.long()), "floats, or uint8 from 0 to 255: got torch.int64"),
        (lambda: predict(small_net(), ones > 0), "got torch.bool"),
        (lambda: predict(small_net(), np.full((1, 1, 8, 8), None)), "got dtype object"),
        (lambda: predict(nn.Conv2d(3, 2, 1), ones), "expected .* to have 3 channels, but got 1"),
    ],
)
def test_predict_says_what_does_not_fit(call, shows):
    with pytest.raises(ValueError, match=shows):
        call()
