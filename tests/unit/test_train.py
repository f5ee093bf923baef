"""Training that repeats itself, precision that the hardware has, tiles without seams, checkpoints that survive."""

import math
import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from segbook import train
from segbook.models import FCN, EncoderDecoder, PatchClassifier, UNet
from segbook.train import fit, load_checkpoint, pick_device, pick_precision, predict, save_checkpoint


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def discs(count=2, size=32, seed=0):
    """Bright discs on a dark, noisy ground, and where they are."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:size, :size]
    labels = np.zeros((count, size, size), dtype=np.int64)
    for label in labels:
        for y, x, r in zip(*rng.uniform(6, size - 6, (2, 3)), rng.uniform(3, 6, 3), strict=True):
            label[(rows - y) ** 2 + (columns - x) ** 2 < r**2] = 1
    images = labels + rng.normal(0, 0.3, labels.shape)
    return torch.tensor(images[:, None], dtype=torch.float32), torch.tensor(labels)


def small_net(seed=0, **options):
    torch.manual_seed(seed)
    return UNet(1, 2, width=8, depth=2, padding=True, **options)


def trained(model=None, data=None, **options):
    model = model or small_net(dropout=0.2)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    return fit(model, data or [discs()], nn.CrossEntropyLoss(), optimizer, **({"steps": 5} | options))["loss"], model


# fit


def test_fit_learns_one_scene_by_heart():
    (images, labels), model = discs(), small_net()
    losses, _ = trained(model, [(images, labels)], steps=90)
    assert losses[-1] < 0.05 < 0.5 < losses[0]
    assert (model.eval()(images).argmax(1) == labels).float().mean() > 0.99


def test_fit_takes_the_steps_that_a_plain_loop_takes():
    ours, model = trained(small_net(), steps=3)
    plain = small_net()
    optimizer, (images, labels) = torch.optim.Adam(plain.parameters(), lr=0.003), discs()
    theirs = []
    for _ in range(3):
        optimizer.zero_grad()
        loss = F.cross_entropy(plain(images), labels)
        loss.backward()
        optimizer.step()
        theirs.append(loss.item())
    assert ours == pytest.approx(theirs, rel=1e-4)
    for a, b in zip(model.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-3)


def test_the_same_seed_gives_the_same_history_bit_by_bit_and_another_seed_another():
    data = TensorDataset(*discs(6, 16))
    options = {"data": data, "batch_size": 2, "steps": None, "epochs": 2}
    assert trained(**options)[0] == trained(**options)[0]
    assert trained(**options)[0] != trained(**options, seed=1)[0]
    assert len(trained(**options)[0]) == 6


def test_the_seed_rules_a_loader_and_dropout():
    loader = DataLoader(TensorDataset(*discs(4, 16)), batch_size=2, shuffle=True)
    first, _ = trained(small_net(dropout=0.5), loader, steps=3)
    torch.rand(3)  # whatever was drawn before does not matter
    second, _ = trained(small_net(dropout=0.5), loader, steps=3)
    assert first == second


def test_fit_leaves_the_global_generator_as_it_was():
    model = small_net(dropout=0.5)
    before = torch.get_rng_state()
    trained(model)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_loss_gets_logits_and_every_target_and_after_step_every_number():
    images, labels = discs()
    weight_map, seen, steps = torch.rand(labels.shape), [], []

    def loss(logits, labels, weight_map):
        seen.append((logits.dtype, tuple(logits.shape), labels.dtype))
        return (F.cross_entropy(logits, labels, reduction="none") * weight_map).sum()

    model = small_net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0)

    def after_step(step):
        model.eval()  # as a validation would; training must go on in training mode
        steps.append(step)

    history = fit(model, [(images, labels, weight_map)], loss, optimizer, epochs=3, after_step=after_step)
    assert seen == [(torch.float32, (2, 2, 32, 32), torch.int64)] * 3
    assert steps == [1, 2, 3]
    expected = (F.cross_entropy(model(images), labels, reduction="none") * weight_map).sum().item()
    assert history["loss"] == pytest.approx([expected] * 3)


def test_fit_trains_in_training_mode_even_after_a_validation():
    model = small_net(dropout=0.5)
    modes = []
    model.dropout.register_forward_hook(lambda layer, *_: modes.append(layer.training))
    trained(model.eval(), steps=2, after_step=lambda _: model.eval())
    assert modes == [True, True]


def test_steps_go_round_the_batches_and_epochs_count_the_rounds():
    read = []

    class Batches:
        def __iter__(self):
            for number, part in enumerate(zip(*(t.split(1) for t in discs(3, 16)), strict=True)):
                read.append(number)
                yield part

    assert len(trained(data=Batches(), steps=5)[0]) == 5
    assert read == [0, 1, 2, 0, 1]
    read.clear()
    assert len(trained(data=Batches(), steps=None, epochs=2)[0]) == 6
    assert read == [0, 1, 2, 0, 1, 2]


def test_a_loss_that_is_not_finite_stops_training_and_says_where():
    images, labels = discs()
    broken = images.clone()
    broken[0, 0, 0, 0] = math.nan
    model = small_net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0)
    with pytest.raises(FloatingPointError, match="the loss is nan at step 3"):
        fit(model, [(images, labels)] * 2 + [(broken, labels)], F.cross_entropy, optimizer, epochs=1)
    assert all(parameter.isfinite().all() for parameter in model.parameters())
    with pytest.raises(FloatingPointError, match="the loss is inf at step 1"):
        fit(model, [(images, labels)], lambda *_: torch.tensor(math.inf), optimizer, epochs=1)


def test_fit_shows_a_bar_with_the_loss(monkeypatch):
    bars = []

    class Bar(train.loop.tqdm):
        def __init__(self, *args, **options):
            super().__init__(*args, **options | {"disable": True})
            bars.append({"total": options["total"], "done": 0})

        def update(self, n=1):
            bars[-1]["done"] += n

        def set_postfix(self, **shown):
            bars[-1]["loss"] = shown["loss"]

    monkeypatch.setattr(train.loop, "tqdm", Bar)
    batches = [discs()] * 3
    losses, _ = trained(data=batches, steps=4)
    trained(data=batches, steps=None, epochs=2)
    trained(data=iter(batches), steps=None, epochs=1)
    assert bars[0] == {"total": 4, "done": 4, "loss": f"{losses[-1]:.3f}"}
    assert [bar["total"] for bar in bars] == [4, 6, None]
    assert [bar["done"] for bar in bars] == [4, 6, 3]


@pytest.mark.parametrize(
    ("options", "shows"),
    [
        ({}, "either steps or epochs: got steps None and epochs None"),
        ({"steps": 2, "epochs": 3}, "got steps 2 and epochs 3"),
        ({"steps": 1, "precision": "half"}, "'auto' or one of float32, bfloat16, float16: got 'half'"),
    ],
)
def test_fit_refuses_contradictions(options, shows):
    with pytest.raises(ValueError, match=shows):
        trained(**{"steps": None} | options)


def test_fit_says_when_there_are_no_batches_left():
    with pytest.raises(ValueError, match="no batches in epoch 2"):
        trained(data=iter([discs()]), steps=5)
    model = small_net()
    with pytest.raises(ValueError, match="no batches in epoch 1"):
        fit(model, [], F.cross_entropy, torch.optim.SGD(model.parameters()), steps=1)


# precision


def test_bfloat16_trains_channels_last_with_weights_and_loss_in_float32():
    seen = []
    model = small_net()
    model.head.register_forward_hook(
        lambda _, inputs, output: seen.append(
            (output.dtype, inputs[0].is_contiguous(memory_format=torch.channels_last))
        )
    )

    def loss(logits, labels):
        assert logits.dtype == torch.float32
        return F.cross_entropy(logits, labels)

    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    losses = fit(model, [discs()], loss, optimizer, steps=60, precision="bfloat16")["loss"]
    assert set(seen) == {(torch.bfloat16, True)}
    assert all(parameter.dtype == torch.float32 for parameter in model.parameters())
    assert losses[-1] < 0.5 * losses[0]


def test_float32_stays_float32_and_runs_channels_last_too_on_a_cpu():
    seen = []
    model = small_net()
    model.head.register_forward_hook(
        lambda _, inputs, output: seen.append(
            (output.dtype, inputs[0].is_contiguous(memory_format=torch.channels_last))
        )
    )
    trained(model, steps=2)
    assert set(seen) == {(torch.float32, True)}


def test_float16_scales_the_loss(monkeypatch):
    made = []

    class Scaler(torch.amp.GradScaler):
        def __init__(self, device, enabled):
            made.append((device, enabled))
            super().__init__(device, enabled=enabled, init_scale=8.0)

        def scale(self, value):
            made.append(super().scale(value).item() / value.item())
            return super().scale(value)

    monkeypatch.setattr(torch.amp, "GradScaler", Scaler)
    losses, _ = trained(small_net(), precision="float16", steps=2)
    assert made == [("cpu", True), pytest.approx(8), pytest.approx(8)]
    assert losses[1] < losses[0]
    made.clear()
    trained(small_net(), precision="bfloat16", steps=1)
    assert made == [("cpu", False), 1]


def test_auto_asks_what_the_hardware_has(monkeypatch):
    asked = []
    monkeypatch.setattr(train.loop, "pick_precision", lambda device: asked.append(device) or "float32")
    automatic, _ = trained(precision="auto")
    assert asked == [torch.device("cpu")]
    assert automatic == trained()[0]


@pytest.mark.parametrize(
    ("native", "capability", "expected"),
    [(True, (8, 0), "bfloat16"), (False, (7, 5), "float16"), (False, (7, 0), "float16"), (False, (6, 1), "float32")],
)
def test_a_gpu_gets_bfloat16_only_where_it_is_not_emulated(native, capability, expected, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: including_emulation or native)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert pick_precision("cuda") == expected


@pytest.mark.parametrize(
    ("code", "has_bf16", "pays", "expected"),
    [
        ("AVX512", True, True, "bfloat16"),
        ("AVX512", True, False, "float32"),
        ("AVX512", False, True, "float32"),
        ("AVX2", True, True, "float32"),
        ("DEFAULT", True, True, "float32"),
        ("NO AVX", True, True, "float32"),
    ],
)
def test_a_cpu_gets_bfloat16_only_where_it_has_it_and_gains_by_it(code, has_bf16, pays, expected, monkeypatch):
    monkeypatch.setattr(train.hardware, "bfloat16_pays", lambda: pays)
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: code)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: has_bf16, raising=False)
    assert pick_precision(torch.device("cpu")) == expected


@pytest.mark.parametrize(("slowdown", "pays"), [(0.5, True), (0.9, False), (2.0, False)])
def test_bfloat16_pays_where_it_is_clearly_faster(slowdown, pays, monkeypatch):
    class Clock:
        now, starts = 0.0, 0

        def __call__(self):
            # Calls come in pairs, start and end; the formats take turns, float32 first.
            self.now += 0.0 if self.starts % 2 == 0 else (1.0 if self.starts % 4 == 1 else slowdown)
            self.starts += 1
            return self.now

    monkeypatch.setattr(train.hardware, "perf_counter", Clock())
    assert train.hardware.bfloat16_pays.__wrapped__() is pays


def test_a_torch_that_cannot_say_gets_float32_and_so_does_an_apple_gpu(monkeypatch):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX512")
    monkeypatch.delattr(torch.cpu, "_is_avx512_bf16_supported", raising=False)
    assert pick_precision("cpu") == "float32"
    assert pick_precision("mps") == "float32"


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"), [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")]
)
def test_the_device_is_the_gpu_if_there_is_one(cuda, mps, expected, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert pick_device().type == expected


# predict


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


def test_predict_gives_each_pixel_the_answer_for_the_patch_around_it():
    torch.manual_seed(0)
    model, images = PatchClassifier(1, 2, patch_size=13, width=4, hidden=8), torch.rand(1, 1, 20, 17)
    answers = predict(model.dilated(), images, tile=18)
    for y, x in ((6, 6), (13, 7), (9, 10)):
        torch.testing.assert_close(answers[:, :, y, x], model(images[:, :, y - 6 : y + 7, x - 6 : x + 7]))
    assert model.dilated().context == 6


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 70), st.integers(1, 70), st.integers(0, 8))
def test_any_image_can_be_tiled_even_one_smaller_than_its_context(height, width, m):
    torch.manual_seed(2)
    model, images = UNet(1, 2, width=2, depth=2), torch.rand(1, 1, height, width)
    tile = model.legal_input_size(2 * model.context + 4 + 4 * m)
    torch.testing.assert_close(predict(model, images, tile=tile), in_one_pass(model, images))


def test_without_the_pooling_grid_tiles_side_by_side_would_differ():
    torch.manual_seed(0)
    model, images = UNet(1, 2, width=4, depth=3), torch.rand(1, 1, 60, 24)
    tile = model.legal_input_size(model.smallest)
    kept = tile - 2 * model.context
    assert kept % model.total_stride == 4  # as in the paper: 388 = 24·16 + 4
    whole = in_one_pass(model, images)
    torch.testing.assert_close(predict(model, images, tile=tile + 8), whole)
    blind = nn.Sequential(model)  # says nothing about its grid
    blind.total_stride = kept + 8
    answers = predict(blind, images, tile=tile + 8, context=model.context)
    assert (answers - whole).abs().max() > 1e-3


def test_inside_the_image_tiles_of_a_padded_net_give_what_the_net_gives():
    model, images = small_net().eval(), torch.rand(1, 1, 96, 96)
    inner = (..., slice(model.context, -model.context), slice(model.context, -model.context))
    tiled = predict(model, images, tile=72)
    torch.testing.assert_close(tiled[inner], model(images)[inner])
    torch.testing.assert_close(predict(model, images, context=0), model(images))
    assert not torch.allclose(predict(model, images, tile=48, context=0)[inner], tiled[inner])


def test_predict_evaluates_without_gradients_and_returns_to_the_mode_it_found():
    model = small_net(dropout=0.5).train()
    first, second = (predict(model, torch.ones(1, 1, 16, 16)) for _ in range(2))
    assert torch.equal(first, second)
    assert model.training
    assert not first.requires_grad
    predict(model.eval(), torch.ones(1, 1, 16, 16))
    assert not model.training
    model.train()
    with pytest.raises(ValueError, match="height 70 is no legal"):
        predict(model, torch.ones(1, 1, 16, 16), tile=70)
    assert model.training


def test_predict_takes_any_module_and_its_context_by_hand():
    torch.manual_seed(0)
    blur, images = nn.Conv2d(1, 1, 5), torch.rand(1, 1, 20, 31)
    expected = blur(mirrored(images, 2, 2, 2))
    torch.testing.assert_close(predict(blur, images, context=2), expected)
    torch.testing.assert_close(predict(blur, images, tile=9, context=2), expected)
    torch.testing.assert_close(predict(nn.Identity(), images, tile=7), images)


@pytest.mark.parametrize(
    ("call", "shows"),
    [
        (
            lambda: predict(small_net(), torch.ones(1, 1, 99, 60), tile=56),
            "a tile of 56 pixels keeps 0 between 28 of context on each side, but 4 are needed: make it at least 60",
        ),
        (lambda: predict(small_net(), torch.ones(1, 1, 99, 60), tile=40), "a tile of 40 pixels keeps 0"),
        (
            lambda: predict(nn.Conv2d(1, 1, 5), torch.ones(1, 1, 8, 9)),
            r"cannot crop \(4, 5\) to \(8, 9\) .*: set context",
        ),
        (lambda: predict(nn.Conv2d(1, 1, 2), torch.ones(1, 1, 8, 9), context=1), r"cannot crop \(9, 10\) to \(8, 9\)"),
        (
            lambda: predict(PatchClassifier(1, 2).dense(), torch.ones(1, 1, 40, 40)),
            r"cannot crop \(10, 10\) to \(40, 40\)",
        ),
    ],
)
def test_predict_says_what_does_not_fit(call, shows):
    with pytest.raises(ValueError, match=shows):
        call()


# checkpoints


def test_a_checkpoint_brings_back_weights_optimizer_and_extras(tmp_path):
    model = small_net()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    fit(model, [discs()], F.cross_entropy, optimizer, steps=3)
    save_checkpoint(tmp_path / "net.pt", model, optimizer, step=3, classes=["ground", "disc"])
    on = fit(model, [discs()], F.cross_entropy, optimizer, steps=2)["loss"]
    other = small_net(seed=5)
    again = torch.optim.Adam(other.parameters(), lr=0.5)
    assert load_checkpoint(str(tmp_path / "net.pt"), other, again) == {"step": 3, "classes": ["ground", "disc"]}
    assert fit(other, [discs()], F.cross_entropy, again, steps=2)["loss"] == on
    assert again.param_groups[0]["lr"] == 0.01
    assert [file.name for file in tmp_path.iterdir()] == ["net.pt"]


def test_a_checkpoint_without_an_optimizer_says_so(tmp_path):
    model = nn.Linear(2, 1)
    save_checkpoint(tmp_path / "net.pt", model)
    with pytest.raises(ValueError, match=r"net.pt was saved without an optimizer"):
        load_checkpoint(tmp_path / "net.pt", model, torch.optim.SGD(model.parameters()))
    assert load_checkpoint(tmp_path / "net.pt", model) == {}
    with pytest.raises(RuntimeError, match="size mismatch"):
        load_checkpoint(tmp_path / "net.pt", nn.Linear(3, 1))


class Malicious:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (self.path, "w"))


def test_a_checkpoint_that_would_run_code_is_refused(tmp_path):
    torch.save({"model": Malicious(str(tmp_path / "ran")), "optimizer": None, "extra": {}}, tmp_path / "net.pt")
    with pytest.raises(pickle.UnpicklingError):
        load_checkpoint(tmp_path / "net.pt", nn.Linear(2, 1))
    assert not (tmp_path / "ran").exists()


def test_a_failed_write_leaves_the_old_checkpoint_and_nothing_else(tmp_path, monkeypatch):
    model = nn.Linear(2, 1)
    save_checkpoint(tmp_path / "net.pt", model, step=1)

    def full_disk(state, path):
        path.write_bytes(b"half")
        raise OSError("no space left")

    with monkeypatch.context() as patched:
        patched.setattr(torch, "save", full_disk)
        with pytest.raises(OSError, match="no space left"):
            save_checkpoint(tmp_path / "net.pt", model, step=2)
    assert load_checkpoint(tmp_path / "net.pt", model) == {"step": 1}
    assert [file.name for file in tmp_path.iterdir()] == ["net.pt"]
