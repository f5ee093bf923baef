"""Models against the paper's numbers, against formulas, and against themselves computed the slow way."""

import math

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from segbook.models import (
    FCN,
    DoubleConv,
    EncoderDecoder,
    PatchClassifier,
    Tileable,
    UNet,
    Upsample,
    crop_centre,
    initialise,
    initialise_bilinear,
)
from segbook.models.tiling import unwrap
from segbook.ops import conv_transpose1d
from segbook.shapes import restoring_output_padding
from segbook.train import predict

UPSAMPLINGS = ("transposed", "nearest", "bilinear")


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # small tensors: more threads only wait for each other
    yield
    torch.set_num_threads(threads)


def on_meta(build, *sizes, channels=1):
    """Return the output's shape without computing anything."""
    with torch.device("meta"):
        return tuple(build()(torch.zeros(1, channels, *sizes)).shape)


def count(model):
    return sum(parameter.numel() for parameter in model.parameters())


def seeded(build, seed=0):
    torch.manual_seed(seed)
    return build()


# The paper's net


@pytest.fixture(scope="module")
def paper():
    with torch.device("meta"):
        return UNet(1, 2)


def test_the_papers_net_has_23_convolutions_and_31030658_parameters(paper):
    layers = [layer for layer in paper.modules() if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d)]
    assert len(layers) == 23
    assert sum(isinstance(layer, nn.ConvTranspose2d) for layer in layers) == 4
    assert count(paper) == 31_030_658


def test_the_papers_net_has_the_sizes_and_channels_of_figure_1(paper):
    printed = [
        (64, 570), (64, 568), (128, 282), (128, 280), (256, 138), (256, 136), (512, 66), (512, 64), (1024, 30),
        (1024, 28), (512, 56), (512, 54), (512, 52), (256, 104), (256, 102), (256, 100), (128, 200), (128, 198),
        (128, 196), (64, 392), (64, 390), (64, 388), (2, 388),
    ]  # fmt: skip
    seen, read = [], []

    def note(layer, inputs, output):
        seen.append((output.shape[1], output.shape[2]))
        read.append(inputs[0].shape[1])

    hooks = [
        layer.register_forward_hook(note)
        for layer in paper.modules()
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d)
    ]
    paper(torch.zeros(1, 1, 572, 572, device="meta"))
    for hook in hooks:
        hook.remove()
    assert seen == printed
    assert [read[11], read[14], read[17], read[20]] == [1024, 512, 256, 128]  # after the skips are concatenated


def test_the_papers_skips_lose_4_16_40_and_88_pixels_on_each_side(paper, monkeypatch):
    cropped = []

    def note(x, size):
        cropped.append((x.shape[-1] - size[1]) / 2)
        return crop_centre(x, size)

    monkeypatch.setattr("segbook.models.unet.crop_centre", note)
    paper(torch.zeros(1, 1, 572, 572, device="meta"))
    assert cropped == [4, 16, 40, 88]


def test_the_papers_input_sizes_are_188_plus_16m_and_give_4_plus_16m(paper):
    for m in (0, 1, 24):
        assert tuple(paper(torch.zeros(1, 1, 188 + 16 * m, 188, device="meta")).shape) == (1, 2, 4 + 16 * m, 4)
    assert paper.context == (572 - 388) / 2
    assert [paper.legal_input_size(n) for n in (1, 188, 189, 572)] == [188, 188, 204, 572]


def test_the_first_weights_have_the_deviation_of_the_paper_and_biases_are_zero():
    model = seeded(lambda: UNet(3, 5, width=32, depth=2))
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            fan_in = layer.kernel_size[0] ** 2 * layer.in_channels
            spread = 4 / math.sqrt(2 * layer.weight.numel())  # four standard errors, relative
            assert layer.weight.std().item() == pytest.approx(math.sqrt(2 / fan_in), rel=spread)
            assert layer.weight.mean().abs().item() < 4 * math.sqrt(2 / fan_in / layer.weight.numel())
            assert not layer.bias.any()


# Any U-Net


def unet_parameters(c_in, c_out, width, depth, skips, upsampling):
    def double(a, b):
        return 9 * a * b + b + 9 * b * b + b

    widths = [width * 2**level for level in range(depth + 1)]
    down = sum(double(a, b) for a, b in zip([c_in, *widths], widths, strict=False))
    up = sum(
        (4 if upsampling == "transposed" else 1) * 2 * w * w + w + double(2 * w if skips == "concat" else w, w)
        for w in widths[:-1]
    )
    return down + up + width * c_out + c_out


@settings(deadline=None, max_examples=40)
@given(
    st.integers(1, 3), st.integers(1, 4), st.integers(1, 5), st.integers(0, 4), st.booleans(),
    st.sampled_from(("concat", "sum", "none")), st.sampled_from(UPSAMPLINGS), st.integers(0, 2),
)  # fmt: skip
def test_a_unet_has_the_parameters_of_the_formula_and_loses_its_context(
    c_in, c_out, width, depth, padding, skips, upsampling, m
):
    with torch.device("meta"):
        model = UNet(c_in, c_out, width=width, depth=depth, padding=padding, skips=skips, upsampling=upsampling)
        height = model.smallest + m * 2**depth
        output = model(torch.zeros(2, c_in, height, model.smallest))
    assert count(model) == unet_parameters(c_in, c_out, width, depth, skips, upsampling)
    lost = 0 if padding else 12 * 2**depth - 8
    assert tuple(output.shape) == (2, c_out, height - lost, model.smallest - lost)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 4), st.booleans(), st.integers(1, 260))
def test_a_unet_takes_a_size_or_names_the_two_nearest_that_it_takes(depth, padding, size):
    def works(n):  # by walking down and up, on plain integers
        loss = 0 if padding else 4
        sizes = [n]
        for _ in range(depth):
            if (sizes[-1] - loss) % 2:
                return False
            sizes.append((sizes[-1] - loss) // 2)
        n = sizes[-1] - loss
        for _ in range(depth):
            n = 2 * n - loss
        return n > 0

    assume(size > 0)
    legal = [n for n in range(1, 400) if works(n)]
    with torch.device("meta"):
        model = UNet(1, 1, width=1, depth=depth, padding=padding)
        images = torch.zeros(1, 1, legal[1], size)
    if works(size):
        assert model(images).shape[-1] > 0
    else:
        above = next(n for n in legal if n > size)
        near = (above, above + 2**depth) if size < legal[0] else (above - 2**depth, above)
        with pytest.raises(
            ValueError, match=rf"width {size} is no .* {near[0]} and {near[1]} \(of {legal[0]}, {legal[1]}, "
        ):
            model(images)
    assert model.legal_input_size(size) == next(n for n in legal if n >= size)


def by_hand(model, images):
    """The U-Net written with torch's functions, for one level, from the weights by name."""
    weights = dict(model.named_parameters())

    def conv(x, name):
        return F.relu(F.conv2d(x, weights[f"{name}.weight"], weights[f"{name}.bias"]))

    skip = conv(conv(images, "encoder.0.0"), "encoder.0.2")
    x = conv(conv(F.max_pool2d(skip, 2), "bottleneck.0"), "bottleneck.2")
    x = F.conv_transpose2d(x, weights["upsample.0.conv.weight"], weights["upsample.0.conv.bias"], stride=2)
    crop = (skip.shape[-1] - x.shape[-1]) // 2
    skip = skip[:, :, crop:-crop, crop:-crop]
    x = {"concat": torch.cat([skip, x], 1), "sum": skip + x, "none": x}[model.skips]
    x = conv(conv(x, "decoder.0.0"), "decoder.0.2")
    return F.conv2d(x, weights["head.weight"], weights["head.bias"])


@pytest.mark.parametrize("skips", ["concat", "sum", "none"])
def test_a_unet_of_one_level_is_what_the_figure_draws(skips):
    model = seeded(lambda: UNet(2, 3, width=4, depth=1, skips=skips))
    images = torch.rand(2, 2, 24, 24)
    torch.testing.assert_close(model(images), by_hand(model, images))


@pytest.mark.parametrize(
    "build",
    [
        lambda: UNet(1, 2, width=4, depth=2, padding=True),
        lambda: UNet(1, 2, width=4, depth=2, padding=True, skips="sum", upsampling="bilinear"),
        lambda: UNet(1, 2, width=4, depth=2, skips="none", upsampling="nearest"),
        lambda: EncoderDecoder(1, 2, width=4, depth=2),
        lambda: FCN(1, 2, width=4, depth=3, stride=8),
        lambda: PatchClassifier(1, 2, patch_size=13).dilated(),
    ],
)
def test_every_weight_gets_a_gradient(build):
    model = seeded(build, 3)
    model(torch.rand(2, 1, 52, 52)).square().mean().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_without_skips_nothing_that_the_encoder_saw_at_full_size_reaches_the_decoder():
    images = torch.rand(1, 1, 32, 32)
    for skips, changes in (("none", False), ("concat", True), ("sum", True)):
        model = seeded(lambda skips=skips: UNet(1, 2, width=4, depth=2, padding=True, skips=skips))
        before = model(images)
        hook = model.encoder[0].register_forward_hook(
            lambda _, __, x: x - 0.01 * (x < F.max_pool2d(x, 2).repeat_interleave(2, 2).repeat_interleave(2, 3)) * x
        )  # the maxima, all that pooling takes, stay as they are
        assert torch.equal(model(images), before) is not changes, skips
        hook.remove()


def test_dropout_is_off_unless_asked_and_only_while_training():
    images = torch.rand(1, 1, 32, 32)
    plain, dropping = (seeded(lambda p=p: UNet(1, 2, width=8, depth=2, padding=True, dropout=p)) for p in (0.0, 0.5))
    assert torch.equal(plain(images), plain(images))
    assert not torch.equal(dropping(images), dropping(images))
    assert torch.equal(dropping.eval()(images), plain(images))


# The way up


@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_mixing_channels_before_resizing_gives_what_mixing_after_gives(mode):
    up = seeded(lambda: Upsample(6, 3, upsampling=mode))
    x = torch.randn(2, 6, 5, 7)
    nn.init.normal_(up.conv.bias)
    torch.testing.assert_close(up(x), up.conv(F.interpolate(x, scale_factor=2, mode=mode)))


def test_bilinear_weights_enlarge_like_interpolation_away_from_the_border():
    for factor in (2, 4, 8):
        layer = initialise_bilinear(nn.ConvTranspose2d(3, 3, 2 * factor, stride=factor, bias=factor == 2))
        x = torch.randn(1, 3, 6, 7)
        ours = layer(x)[..., factor // 2 : -(factor // 2), factor // 2 : -(factor // 2)]
        theirs = F.interpolate(x, scale_factor=factor, mode="bilinear")
        inner = (..., slice(factor, -factor), slice(factor, -factor))
        torch.testing.assert_close(ours[inner], theirs[inner])


@pytest.mark.parametrize("upsampling", UPSAMPLINGS)
def test_an_encoder_decoder_is_a_padded_unet_without_skips(upsampling):
    options = {"width": 4, "depth": 2, "upsampling": upsampling}
    ours, unet = EncoderDecoder(1, 3, **options), UNet(1, 3, padding=True, skips="none", **options)
    named = {
        name.replace("upsample.0", "decoder.0.0").replace("upsample.1", "decoder.1.0")
        if "upsample" in name
        else name.replace("decoder.0", "decoder.0.1").replace("decoder.1", "decoder.1.1"): value
        for name, value in unet.state_dict().items()
    }
    ours.load_state_dict(named)
    images = torch.rand(1, 1, 16, 24)
    assert torch.equal(ours(images), unet(images))
    assert ours.legal_input_size(17) == 20
    assert EncoderDecoder(2, 3, depth=0)(torch.rand(1, 2, 5, 5)).shape == (1, 3, 5, 5)


def test_output_padding_mends_the_size_and_not_the_pixel_that_was_dropped():
    image = torch.rand(1, 1, 97, requires_grad=True)
    extra = restoring_output_padding(97, 2, stride=2)
    output = conv_transpose1d(F.avg_pool1d(image, 2), torch.ones(1, 1, 2), stride=2, output_padding=extra)
    assert output.shape == image.shape
    output.sum().backward()
    assert (image.grad[0, 0] == 0).nonzero().flatten().tolist() == [96]


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_decoder_gives_legal_sizes_back_and_bare_layers_all_but_the_remainder(depth):
    model = seeded(lambda: EncoderDecoder(1, 2, width=1, depth=depth))
    for size in range(2**depth, 41):
        x = torch.zeros(1, 1, size)
        for _ in range(depth):
            x = F.max_pool1d(x, 2)
        for _ in range(depth):
            x = F.conv_transpose1d(x, torch.ones(1, 1, 2), stride=2)
        assert size - x.shape[-1] == size % 2**depth
        if size % 2**depth == 0:
            assert model(torch.zeros(1, 1, size, 2**depth)).shape == (1, 2, size, 2**depth)


# FCN


@pytest.mark.parametrize(("stride", "fused"), [(32, 0), (16, 1), (8, 2), (4, 3), (2, 4)])
def test_an_fcn_fuses_one_more_stage_for_every_halving_of_its_stride(stride, fused):
    model = FCN(3, 5, width=2, depth=5, stride=stride)
    assert len(model.skips) == len(model.decoder) == fused
    assert model.enlarge.stride == (stride, stride)
    assert [skip.in_channels for skip in model.skips] == [16, 8 * 2, 4 * 2, 2 * 2, 2][1 : fused + 1] or fused == 0


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 70), st.integers(1, 70), st.integers(1, 4), st.data())
def test_an_fcn_answers_for_every_pixel_of_any_image(height, width, depth, data):
    stride = data.draw(st.sampled_from([2**level for level in range(1, depth + 1)]))
    assert on_meta(lambda: FCN(1, 3, width=1, depth=depth, stride=stride), height, width) == (1, 3, height, width)


def test_a_finer_fcn_starts_with_the_answer_of_its_coarse_scores():
    model = seeded(lambda: FCN(1, 2, width=4, depth=3, stride=2))
    images = torch.rand(1, 1, 64, 64)
    before = model(images)
    scores = model.head(model.bottleneck(run_encoder(model, images)[-1]))
    for _ in range(3):
        scores = F.interpolate(scores, scale_factor=2, mode="bilinear")
    inner = (..., slice(24, -24), slice(24, -24))  # where no zeros beyond the image are read
    torch.testing.assert_close(before[inner], scores[inner])
    for skip in model.skips:
        assert not skip.weight.any()
    model.skips[-1].bias.data += 1  # what the finest stage says is added, enlarged by 2
    torch.testing.assert_close(model(images)[inner], before[inner] + 1)


def run_encoder(model, x):
    features = []
    for stage in model.encoder:
        x = F.max_pool2d(stage(x), 2, ceil_mode=True)
        features.append(x)
    return features


def test_fcn_scores_are_summed_stage_by_stage():
    model = seeded(lambda: FCN(1, 2, width=3, depth=3, stride=2))
    for layer in model.modules():  # so that no class or stage can be mistaken for another
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, std=0.2)
    images = torch.rand(1, 1, 24, 40)
    first, second, third = run_encoder(model, images)

    def up(layer, x, cut):
        return F.conv_transpose2d(x, layer.weight, layer.bias, stride=layer.stride, padding=cut)

    scores = model.head(model.bottleneck(third))
    scores = up(model.decoder[0], scores, 1) + model.skips[0](second)
    scores = up(model.decoder[1], scores, 1) + model.skips[1](first)
    torch.testing.assert_close(model(images), up(model.enlarge, scores, 1))


# Patches


def every_patch(model, images, stride=1):
    """Cut out every patch and classify it by itself."""
    size = model.patch_size
    rows = range(0, images.shape[2] - size + 1, stride)
    columns = range(0, images.shape[3] - size + 1, stride)
    answers = [model(images[:, :, i : i + size, j : j + size]) for i in rows for j in columns]
    return torch.stack(answers, -1).unflatten(-1, (len(rows), len(columns)))


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 3), st.integers(0, 2), st.integers(0, 9), st.integers(0, 9), st.integers(1, 2))
@torch.no_grad()
def test_the_dense_forms_equal_classifying_every_patch(depth, m, more_rows, more_columns, c_in):
    size = 2**depth * (4 + m) - 3
    model = seeded(lambda: PatchClassifier(c_in, 3, patch_size=size, width=4, depth=depth, hidden=5)).eval()
    for layer in model.modules():  # biases must travel too
        if hasattr(layer, "bias"):
            nn.init.normal_(layer.bias)
    images = torch.rand(2, c_in, size + more_rows, size + more_columns)
    torch.testing.assert_close(model.dense()(images), every_patch(model, images, 2**depth), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(model.dilated()(images), every_patch(model, images), rtol=1e-5, atol=1e-5)


def test_a_dense_form_shares_its_weights():
    model = PatchClassifier(1, 2, patch_size=13)
    dense = model.dilated()
    assert [p.data_ptr() for p in dense.parameters()] == [p.data_ptr() for p in model.parameters()]
    before = dense(torch.ones(1, 1, 13, 13))
    model.head[-1].bias.data += 1
    torch.testing.assert_close(dense(torch.ones(1, 1, 13, 13)), before + 1)


def test_a_patch_classifier_has_the_parameters_of_the_formula():
    model = PatchClassifier(3, 7, patch_size=65, width=6, depth=2, hidden=11)
    left = ((65 - 3) // 2 - 3) // 2
    expected = (16 * 3 + 1) * 6 + (16 * 6 + 1) * 6 + (6 * left**2 + 1) * 11 + (11 + 1) * 7
    assert count(model) == expected


def test_a_patch_is_classified_as_if_it_were_the_only_one():
    model = seeded(lambda: PatchClassifier(1, 3, patch_size=13))
    patches = torch.rand(4, 1, 13, 13)
    for one, scores in zip(patches, model(patches), strict=True):
        torch.testing.assert_close(model(one[None])[0], scores)


def test_a_patch_classifier_can_learn_what_lies_at_the_centre():
    torch.manual_seed(0)
    model = PatchClassifier(1, 2, patch_size=13, width=8, hidden=16)
    patches = torch.rand(64, 1, 13, 13)
    labels = (patches[:, 0, 5:8, 5:8].mean((1, 2)) > 0.5).long()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(60):
        optimizer.zero_grad()
        F.cross_entropy(model(patches), labels).backward()
        optimizer.step()
    assert (model(patches).argmax(1) == labels).float().mean() > 0.95


# Context: what an output pixel looks at


def furthest_read(model):
    """Measure, by gradients, how far from an output pixel the furthest input pixel is that it reads."""
    for parameter in model.parameters():
        nn.init.constant_(parameter, 0.1)
    step = model.total_stride
    at = model.context + step + torch.arange(step)  # one pixel of every phase, each in an image of its own
    images = torch.rand(step, 1, step, 2 * model.context + 4 * step, dtype=torch.float64, requires_grad=True)
    model.double()(images)[torch.arange(step), 0, 0, at].sum().backward()
    reads = [columns.nonzero() for columns in images.grad[:, 0].abs().sum(1)]
    return max(max(x - read.min(), read.max() - x).item() for x, read in zip(at, reads, strict=True))


@pytest.mark.parametrize("depth", [0, 1, 2, 3])
def test_the_context_is_what_an_output_pixel_reads_rounded_up_to_the_coarsest_grid(depth, monkeypatch):
    monkeypatch.setattr(F, "max_pool2d", lambda x, size, **_: F.avg_pool2d(x, size))  # so that every path counts
    step = 2**depth
    for upsampling, reads in (("transposed", 7 * step - 5), ("nearest", 7 * step - 5), ("bilinear", 8 * step - 6)):
        model = UNet(1, 1, width=1, depth=depth, padding=True, upsampling=upsampling)
        assert furthest_read(model) == reads <= model.context
        assert model.context == EncoderDecoder(1, 1, width=1, depth=depth, upsampling=upsampling).context
        assert model.context % step == 0
        assert model.context - reads < 2 * step + 5
    if depth:
        model = FCN(1, 1, width=1, depth=depth, stride=2)
        assert furthest_read(model) == 5 * step - 4 <= model.context < 6 * step
        assert furthest_read(FCN(1, 1, width=1, depth=depth, stride=step)) <= model.context


# Norms


@pytest.mark.parametrize(("norm", "axes"), [("batch", (0, 2, 3)), ("instance", (2, 3))])
def test_a_norm_stands_before_each_relu_and_is_the_one_of_the_formula(norm, axes):
    block = seeded(lambda: DoubleConv(2, 4, padding=True, norm=norm)).double()
    x = images = torch.randn(3, 2, 6, 5, dtype=torch.float64)
    for conv in (block[0], block[3]):
        x = conv(x)
        centred = x - x.mean(axes, keepdim=True)
        x = (centred / (centred.square().mean(axes, keepdim=True) + 1e-5).sqrt()).relu()
    torch.testing.assert_close(block(images), x)
    assert count(block) == count(DoubleConv(2, 4, padding=True)) + 2 * 2 * 4  # a scale and a shift for each channel


def test_batch_norm_is_torchs_while_training_and_with_its_running_averages():
    block = seeded(lambda: DoubleConv(1, 3, padding=False, norm="batch"))
    mean, variance = torch.zeros(3), torch.ones(3)
    for _ in range(3):
        images = torch.randn(4, 1, 8, 8) + 2
        expected = F.batch_norm(block[0](images), mean, variance, training=True)
        torch.testing.assert_close(block[1](block[0](images)), expected)
    block.eval()
    torch.testing.assert_close(block[1](block[0](images)), F.batch_norm(block[0](images), mean, variance))
    alone = torch.cat([block(one[None]) for one in images])
    torch.testing.assert_close(block(images), alone)  # what is predicted does not depend on the neighbours


def test_instance_norm_makes_a_unet_blind_to_contrast_and_not_tileable():
    model = seeded(lambda: UNet(1, 2, width=2, depth=1, padding=True, norm="instance")).eval()
    images = torch.rand(2, 1, 12, 12)
    torch.testing.assert_close(model.encoder[0](9 * images), model.encoder[0](images), atol=1e-3, rtol=1e-3)
    assert not isinstance(model, Tileable)
    torch.testing.assert_close(predict(model, images), model(images))  # whole
    with pytest.raises(ValueError, match="UNet does not say how to cut tiles"):
        predict(model, images, tile=8)


def test_a_unet_with_batch_norm_gives_the_same_in_tiles():
    model = seeded(lambda: UNet(1, 2, width=2, depth=1, padding=True, norm="batch"))
    model(torch.rand(4, 1, 16, 16))  # averages that are not those of the start
    images = torch.rand(1, 1, 70, 50)
    torch.testing.assert_close(predict(model, images, tile=48), predict(model, images))


# Errors


@pytest.mark.parametrize(
    ("call", "shows"),
    [
        (lambda: UNet(1, 2, width=1, skips="add"), "skips must be one of 'concat', 'sum', 'none': got 'add'"),
        (lambda: UNet(1, 2, width=1, norm="layer"), "norm must be one of 'none', 'batch', 'instance': got 'layer'"),
        (lambda: UNet(1, 2, width=1, upsampling="cubic"), "upsampling must be one of .* got 'cubic'"),
        (lambda: EncoderDecoder(1, 2, upsampling="cubic"), "upsampling must be one of .* got 'cubic'"),
        (lambda: FCN(1, 2, width=1, stride=64), "stride must be one of 32, 16, 8, 4, 2: got 64"),
        (lambda: FCN(1, 2, width=1, stride=1), "stride must be one of 32, 16, 8, 4, 2: got 1"),
        (lambda: EncoderDecoder(1, 2)(torch.zeros(1, 1, 20, 16)), r"height 20 .* 16 and 24 \(of 8, 16, 24, …\)"),
        (lambda: PatchClassifier(1, 2, patch_size=64), r"64 does not fit depth 2: .* 61 and 65 \(4·m − 3\)"),
        (lambda: PatchClassifier(1, 2, patch_size=3), "3 does not fit depth 2: .* 13 and 17"),
        (lambda: PatchClassifier(1, 2)(torch.zeros(1, 1, 31, 31)), r"29² pixels: got \(31, 31\)"),
        (lambda: PatchClassifier(1, 2).dense()(torch.zeros(1, 1, 40, 28)), r"of 29²: got \(40, 28\)"),
        (lambda: crop_centre(torch.zeros(1, 1, 5, 5), (2, 5)), r"crop \(5, 5\) to \(2, 5\)"),
        (lambda: crop_centre(torch.zeros(1, 1, 5, 5), (7, 5)), r"crop \(5, 5\) to \(7, 5\)"),
        (
            lambda: initialise_bilinear(nn.ConvTranspose2d(1, 2, 4, stride=2)),
            "stride 2 need a kernel of 4 .* got kernel 4, channels 1 → 2",
        ),
        (
            lambda: initialise_bilinear(nn.ConvTranspose2d(1, 1, 3, stride=2)),
            "stride 2 need a kernel of 4 .* got kernel 3, channels 1 → 1",
        ),
    ],
)
def test_bad_settings_raise_and_show_what_would_be_right(call, shows):
    with pytest.raises(ValueError, match=shows):
        call()


@pytest.mark.parametrize(
    "model",
    [
        UNet(1, 2, width=1, depth=1),
        EncoderDecoder(1, 2, width=1, depth=1),
        FCN(1, 2, width=1, depth=1, stride=2),
        PatchClassifier(1, 2).dense(),
        PatchClassifier(1, 2).dilated(),
    ],
)
def test_models_of_the_book_say_how_they_can_be_cut_into_tiles(model):
    assert isinstance(model, Tileable)
    assert model.legal_input_size(100) >= 100
    assert not isinstance(nn.Sequential(model), Tileable)
    assert unwrap(nn.DataParallel(nn.Sequential(nn.DataParallel(model)))) is model
    pair = nn.Sequential(model, nn.Softmax(dim=1))
    assert unwrap(pair) is pair


def test_crop_centre_takes_the_middle_and_copies_nothing():
    x = torch.arange(36.0).reshape(1, 1, 6, 6)
    middle = crop_centre(x, (2, 4))
    assert torch.equal(middle, x[:, :, 2:4, 1:5])
    assert middle.untyped_storage().data_ptr() == x.untyped_storage().data_ptr()


@pytest.mark.parametrize(
    ("layer", "factor"),
    [
        (nn.Sequential(nn.Conv2d(256, 256, 3), nn.ReLU()), 1),
        (Upsample(256, 256, upsampling="transposed"), 2**-0.5),
        (Upsample(256, 256, upsampling="nearest"), 2**0.5),
    ],
    ids=["convolution and ReLU", "transposed", "nearest"],
)
def test_initialise_keeps_a_signal_through_relu_but_not_on_the_way_up(layer, factor):
    generator = torch.Generator().manual_seed(0)
    signal = torch.randn(2, 256, 16, 16, generator=generator).relu()
    with torch.no_grad():
        after = initialise(layer, generator=generator)(signal)
    ratio = after.square().mean().sqrt() / signal.square().mean().sqrt()
    assert ratio.item() == pytest.approx(factor, rel=0.05)


def test_initialise_repeats_with_a_generator_and_accepts_layers_without_bias():
    layers = [
        initialise(
            nn.Sequential(nn.Conv2d(2, 3, 3, bias=False), nn.Linear(4, 2)), generator=torch.Generator().manual_seed(1)
        )
        for _ in range(2)
    ]
    assert torch.equal(layers[0][0].weight, layers[1][0].weight)
    assert not layers[0][1].bias.any()
    assert DoubleConv(1, 2, padding=True)(torch.zeros(1, 1, 1, 1)).shape == (1, 2, 1, 1)
