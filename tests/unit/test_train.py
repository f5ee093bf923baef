"""Training that repeats itself, precision that the hardware has, messages for what people hand in."""

import math
import warnings

import numpy as np
import pytest
import torch
from small_training import discs, one_thread, small_net, trained  # noqa: F401 (one_thread is used by being here)
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset

from segbook import train
from segbook.train import fit, pick_device, pick_precision

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
            bars.append({"total": options["total"], "done": options["initial"]})

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
        ({"steps": 0}, "steps must be a whole number of at least 1: got 0"),
        ({"steps": -3}, "steps must be a whole number of at least 1: got -3"),
        ({"epochs": -1}, "epochs must be a whole number of at least 1: got -1"),
        ({"epochs": 0}, "epochs must be a whole number of at least 1: got 0"),
        ({"steps": 1, "batch_size": 0}, "batch_size must be a whole number of at least 1: got 0"),
        ({"steps": 1, "seed": -1}, "seed must be a whole number of at least 0: got -1"),
        ({"steps": 1, "history": {}}, "history must be what fit returned"),
        ({"steps": 1, "history": {"loss": [0.5, 0.25]}}, "history has 2 steps, more than the 1 asked for"),
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


# what people hand in


def scene(**changed):
    images, labels = discs()
    return [(changed.get("images", images), changed.get("labels", labels))]


def fitted(batches, loss=F.cross_entropy, model=None, **options):
    model = model or small_net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    return fit(model, batches, loss, optimizer, **({"steps": 2} | options))["loss"]


class Dicts(Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        return {"image": torch.ones(1, 8, 8), "mask": torch.ones(8, 8)}


class Stream(IterableDataset):
    def __iter__(self):
        return zip(*discs(3, 16), strict=True)


images, labels = discs()
BATCHES = {
    "dicts": (
        DataLoader(Dicts()),
        "a batch must be a tuple .* got a dict with image, mask; give the DataLoader a coll",
    ),
    "a dataset of dicts": (Dicts(), "got a dict with image, mask"),
    "images alone": (DataLoader(TensorDataset(images)), "got a list of 1"),
    "a batch, not a list of batches": (
        (images, labels),
        r"got \(2, 1, 32, 32\) float32; .* write \[\(images, labels\)\]",
    ),
    "single images": ([(images[0], labels[0])], r"got shape \(1, 32, 32\); if these are single images"),
    "images without channels": ([(images[:, 0], labels)], r"got shape \(2, 32, 32\); .* images\[:, None\]"),
    "a folder's name": ("images", "got str"),
    "names for labels": ([(images, ["a.png", "b.png"])], "target 1 is a list of 2"),
    "images of int64": ([((images > 0).long(), labels)], "images must hold floats, or uint8 .* got torch.int64"),
    "labels with a channel": (
        [(images, labels[:, None])],
        r"logits \(2, 2, 32, 32\) float32 and \(2, 1, 32, 32\) int64, f",
    ),
    "labels of another size": ([(images, labels[:, 4:])], r"and \(2, 28, 32\) int64, failed: .*; an unpadded model"),
    "labels for fewer images": ([(images, labels[:1])], r"and \(1, 32, 32\) int64, failed"),
    "a class too many": ([(images, labels + 1)], r"and \(2, 32, 32\) int64, failed: Target 2 is out of bounds"),
    "an empty dataset": (TensorDataset(images[:0], labels[:0]), "the dataset is empty"),
}


@pytest.mark.parametrize("kind", BATCHES)
def test_batches_that_cannot_be_trained_on_are_explained(kind):
    batches, shows = BATCHES[kind]
    with pytest.raises(ValueError, match=shows):
        fitted(batches)


GOOD = {
    "NumPy": [(images.numpy(), labels.numpy())],
    "NumPy, float64": [(images.numpy().astype(np.float64), labels.numpy())],
    "labels of uint8": [(images, labels.to(torch.uint8))],
    "labels of int32": [(images, labels.int())],
    "labels of uint16": [(images.numpy(), labels.numpy().astype(np.uint16))],
    "labels of uint32, big-endian": [(images.numpy(), labels.numpy().astype(">u4"))],
    "images of float64": [(images.double(), labels)],
    "a list for a tuple": [[images, labels]],
}


@pytest.mark.parametrize("kind", GOOD)
def test_batches_are_taken_in_every_form_that_is_clear(kind):
    assert fitted(GOOD[kind]) == pytest.approx(fitted([(images, labels)]), rel=1e-6)


def test_uint8_images_are_divided_by_255_and_255_stays_a_label():
    grey = (images.clamp(0, 1) * 255).to(torch.uint8)
    holes = torch.where(images[:, 0] > 1, 255, labels)
    loss = nn.CrossEntropyLoss(ignore_index=255)
    assert fitted([(grey, holes.to(torch.uint8))], loss) == fitted([(grey / 255, holes)], loss)


def test_a_stream_is_batched_in_its_order():
    assert fitted(Stream(), epochs=2, steps=None, batch_size=2) == fitted(DataLoader(Stream(), 2), steps=4)


LOSSES = {
    "one per pixel": (nn.CrossEntropyLoss(reduction="none"), r"one number in a tensor, .* \(2, 32, 32\) float32"),
    "one per image": (lambda logits, _: logits.mean((1, 2, 3)), r"it returned \(2,\) float32"),
    "a float": (lambda logits, _: logits.mean().item(), "it returned float"),
    "parts": (lambda logits, _: (logits.mean(), logits.max()), "it returned a tuple of 2"),
    "nothing": (lambda *_: None, "it returned NoneType"),
    "of the classes, not the scores": (lambda x, y: (x.argmax(1) == y).float().mean(), "the loss has no gradient"),
    "with an argument more": (lambda x, y, w: x.mean(), r"and \(2, 32, 32\) int64, failed: .* argument: 'w'"),
    "with a mistake": (lambda x, y: x.means(), "failed: 'Tensor' object has no attribute 'means'"),
}


@pytest.mark.parametrize("kind", LOSSES)
def test_losses_that_cannot_be_made_small_are_explained(kind):
    loss, shows = LOSSES[kind]
    with pytest.raises(ValueError, match=shows):
        fitted(scene(), loss)


def test_a_model_that_returns_a_dict_can_be_trained_by_a_loss_that_knows_it():
    class Named(nn.Conv2d):
        def forward(self, images):
            return {"out": super().forward(images)}

    assert fitted(scene(), lambda x, y: F.cross_entropy(x["out"], y), Named(1, 2, 1))
    with pytest.raises(ValueError, match="called with logits a dict with out and"):
        fitted(scene(), F.cross_entropy, Named(1, 2, 1))


@pytest.mark.parametrize("value", [-100, 255])
def test_a_batch_whose_pixels_are_all_ignored_is_not_the_learning_rates_fault(value):
    batches = [*scene(), *scene(labels=torch.full((2, 32, 32), value))]
    with pytest.raises(
        FloatingPointError, match=rf"nan at step 2: none of the batch's labels \({value}\) is one of the 2"
    ):
        fitted(batches, nn.CrossEntropyLoss(ignore_index=value))


def test_images_that_are_not_finite_are_named():
    with pytest.raises(FloatingPointError, match="nan at step 1: the images hold values that are not finite"):
        fitted(scene(images=images / 0))
    model = small_net()
    with pytest.raises(FloatingPointError, match=r"at step [23]: try a lower learning rate"):
        fit(model, scene(), F.cross_entropy, torch.optim.SGD(model.parameters(), lr=1e30), steps=3)


def test_another_models_optimizer_is_refused():
    model, other = small_net(), small_net()
    with pytest.raises(
        ValueError, match="the optimizer holds 26 parameters, and none of them is one of the model's 26"
    ):
        fit(model, scene(), F.cross_entropy, torch.optim.SGD(other.parameters()), steps=1)
    both = torch.optim.SGD([*model.parameters(), *other.parameters()])
    assert fit(model, scene(), F.cross_entropy, both, steps=1)["loss"]


def test_frozen_parameters_stay_and_the_others_learn():
    model = small_net()
    model.encoder.requires_grad_(False)
    before = [parameter.clone() for parameter in model.parameters()]
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
    fit(model, scene(), F.cross_entropy, optimizer, steps=2)
    for old, new in zip(before, model.parameters(), strict=True):
        assert torch.equal(old, new) != new.requires_grad
    with pytest.raises(ValueError, match=r"all 26 parameters .* are frozen"):
        fit(model.requires_grad_(False), scene(), F.cross_entropy, torch.optim.SGD(model.parameters()), steps=1)


def test_the_state_of_the_optimizer_follows_the_model_to_its_device():
    model = nn.Linear(2, 1, device="meta")  # a checkpoint brings it to the CPU
    optimizer = torch.optim.Adam(model.parameters())
    optimizer.state[model.weight] = {"step": torch.tensor(3.0), "exp_avg": torch.zeros(1, 2)}
    train.hardware.Machine(model, optimizer, None, "float32")
    assert optimizer.state[model.weight]["exp_avg"].device.type == "meta"
    assert optimizer.state[model.weight]["step"].device.type == "cpu"


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


def summed(logits, labels):
    return F.cross_entropy(logits, labels, reduction="sum") * 1000


def test_a_float16_step_whose_gradient_overflows_is_taken_again_and_reported_once():
    model = small_net()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-9)
    with pytest.warns(UserWarning, match=r"could not hold the gradient \d+ times: none .* was skipped") as said:
        losses = fit(model, [discs()], summed, optimizer, steps=4, precision="float16")["loss"]
    assert len(said) == 1
    assert len(set(losses)) == 4  # every step moves the weights
    scale = optimizer.param_groups[0]["loss_scale"]["scale"]
    assert f"which is now {scale:g}" in str(said[0].message)
    with warnings.catch_warnings():  # the next run starts with the scale that was found
        warnings.simplefilter("error")
        fit(model, [discs()], summed, optimizer, steps=1, precision="float16")


def test_a_gradient_that_no_scale_can_hold_stops_training():
    class Steep(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.sum()

        @staticmethod
        def backward(ctx, grad):
            return torch.full((2, 2, 32, 32), math.inf)

    model = small_net()
    optimizer = torch.optim.SGD(model.parameters(), lr=1)
    before = [parameter.clone() for parameter in model.parameters()]
    with pytest.raises(FloatingPointError, match="the gradient is not finite, in float16, at any scale"):
        fit(model, [discs()], lambda x, _: Steep.apply(x), optimizer, steps=1, precision="float16")
    assert all(torch.equal(old, new) for old, new in zip(before, model.parameters(), strict=True))


def test_auto_asks_what_the_hardware_has(monkeypatch):
    asked = []
    monkeypatch.setattr(train.hardware, "pick_precision", lambda device: asked.append(device) or "float32")
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
