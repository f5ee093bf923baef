"""Checkpoints that survive, and files of others."""

import pickle
from collections import OrderedDict, defaultdict
from pathlib import Path

import numpy as np
import pytest
import torch
from small_training import discs, one_thread, small_net  # noqa: F401 (one_thread is used by being here)
from torch import nn
from torch.nn import functional as F

from segbook.train import fit, load_checkpoint, save_checkpoint


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


class Malicious:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (self.path, "w"))


def test_a_checkpoint_that_would_run_code_is_refused(tmp_path):
    torch.save({"model": Malicious(str(tmp_path / "ran")), "optimizer": None, "extra": {}}, tmp_path / "net.pt")
    with pytest.raises(ValueError, match=r"net.pt holds io.open, and reading that could run code"):
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


def test_a_file_that_cannot_be_read_back_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    model, save = nn.Linear(2, 1), torch.save
    save_checkpoint(tmp_path / "net.pt", model, step=1)
    for damage in (lambda raw: raw[: len(raw) // 2], lambda raw: flipped(raw, model.weight)):

        def to_a_bad_disk(state, path, damage=damage):
            save(state, path)
            path.write_bytes(damage(path.read_bytes()))

        with monkeypatch.context() as patched:
            patched.setattr(torch, "save", to_a_bad_disk)
            with pytest.raises(ValueError, match=r"net\.pt\.\d+\.part is (cut short|damaged)"):
                save_checkpoint(tmp_path / "net.pt", model, step=2)
        assert load_checkpoint(tmp_path / "net.pt", model) == {"step": 1}
        assert [file.name for file in tmp_path.iterdir()] == ["net.pt"]


# what is handed in to be saved


@pytest.mark.parametrize(
    ("value", "back"),
    [
        (np.float64(0.5), 0.5),
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.str_("best"), "best"),
        ([np.int32(1), (np.uint8(2), None)], [1, (2, None)]),
        ({"a": {np.int64(1): np.float16(2)}}, {"a": {1: 2.0}}),
        (OrderedDict(a=1), {"a": 1}),
        (defaultdict(list, a=[1.5]), {"a": [1.5]}),
        (b"raw", b"raw"),
        (2 + 1j, 2 + 1j),
    ],
)
def test_numbers_of_numpy_come_back_as_pythons(value, back, tmp_path):
    save_checkpoint(tmp_path / "net.pt", nn.Linear(2, 1), best=value)
    found = load_checkpoint(tmp_path / "net.pt", nn.Linear(2, 1))["best"]
    assert found == back
    assert type(found) is type(back)


def test_tensors_come_back_as_they_were(tmp_path):
    save_checkpoint(tmp_path / "net.pt", nn.Linear(2, 1), confusion=[torch.eye(2, dtype=torch.int64)])
    (found,) = load_checkpoint(tmp_path / "net.pt", nn.Linear(2, 1))["confusion"]
    assert torch.equal(found, torch.eye(2, dtype=torch.int64))


def test_a_learning_rate_of_numpy_does_not_spoil_the_checkpoint(tmp_path):
    model = nn.Linear(2, 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=np.float64(0.25), betas=(np.float64(0.5), 0.9))
    save_checkpoint(tmp_path / "net.pt", model, optimizer)
    again = torch.optim.Adam(model.parameters())
    load_checkpoint(tmp_path / "net.pt", model, again)
    assert (again.param_groups[0]["lr"], again.param_groups[0]["betas"]) == (0.25, (0.5, 0.9))


@pytest.mark.parametrize(
    ("value", "shows"),
    [
        (np.zeros(3), r"best must hold numbers, .*: got ndarray; save torch.as_tensor"),
        ({"curve": [1, np.zeros(3)]}, r"best\['curve'\]\[1\] must hold .* ndarray"),
        (Path("images"), r"best must hold .* got PosixPath; save str"),
        ({1, 2}, "got set"),
        (nn.ReLU(), "got ReLU"),
        ({("a", object()): 1}, r"a key of best\[1\] must hold .* got object"),
        (lambda: 1, "got function"),
    ],
)
def test_what_could_not_be_read_back_is_refused_by_name_and_the_old_file_stays(value, shows, tmp_path):
    save_checkpoint(tmp_path / "net.pt", nn.Linear(2, 1), step=1)
    with pytest.raises(ValueError, match=shows):
        save_checkpoint(tmp_path / "net.pt", nn.Linear(2, 1), step=2, best=value)
    assert load_checkpoint(tmp_path / "net.pt", nn.Linear(2, 1)) == {"step": 1}
    assert [file.name for file in tmp_path.iterdir()] == ["net.pt"]


# files of others


def prefixed(prefix, state):
    return {prefix + name: value for name, value in state.items()}


FOREIGN = {
    "a bare state_dict": (lambda state: state, {}),
    "state_dict inside": (lambda state: {"state_dict": state, "epoch": 3}, {"epoch": 3}),
    "PyTorch's tutorial": (
        lambda state: {"epoch": 3, "model_state_dict": state, "optimizer_state_dict": {}, "loss": 0.5},
        {"epoch": 3, "loss": 0.5},
    ),
    "model inside": (lambda state: {"model": state, "args": None}, {"args": None}),
    "DataParallel": (lambda state: prefixed("module.", state), {}),
    "torch.compile": (lambda state: prefixed("_orig_mod.", state), {}),
    "both": (lambda state: prefixed("module._orig_mod.", state), {}),
    "Lightning": (
        lambda state: {"state_dict": prefixed("model.", state) | {"loss.weight": torch.ones(2)}, "global_step": 7},
        {"global_step": 7},
    ),
    "any name": (lambda state: {"state_dict": prefixed("net.unet.", state)}, {}),
    "half precision": (lambda state: {name: value.half() for name, value in state.items()}, {}),
    "with gradients": (lambda state: {name: nn.Parameter(value) for name, value in state.items()}, {}),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_files_of_others_are_taken(kind, tmp_path):
    write, rest = FOREIGN[kind]
    model, other = small_net(seed=1), small_net(seed=2)
    torch.save(write(model.state_dict()), tmp_path / "net.pt")
    assert load_checkpoint(tmp_path / "net.pt", other) == rest
    for ours, theirs in zip(other.parameters(), model.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-3 if kind == "half precision" else 0)
        assert ours.dtype == torch.float32


@pytest.mark.parametrize("wrap", [nn.DataParallel, nn.Sequential, lambda net: nn.DataParallel(nn.Sequential(net))])
def test_a_wrapped_model_takes_what_a_bare_one_wrote_and_the_other_way_round(wrap, tmp_path):
    bare, wrapped = small_net(seed=1), wrap(small_net(seed=2))
    save_checkpoint(tmp_path / "bare.pt", bare)
    load_checkpoint(tmp_path / "bare.pt", wrapped)
    save_checkpoint(tmp_path / "wrapped.pt", wrapped)
    again = small_net(seed=3)
    load_checkpoint(tmp_path / "wrapped.pt", again)
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(again.parameters(), bare.parameters(), strict=True))


def test_the_optimizer_of_a_file_of_others_is_taken_too(tmp_path):
    model = nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.25, momentum=0.5)
    torch.save({"state_dict": model.state_dict(), "optimizer": optimizer.state_dict()}, tmp_path / "net.pt")
    again = torch.optim.SGD(model.parameters(), lr=1)
    assert load_checkpoint(tmp_path / "net.pt", model, again) == {}
    assert (again.param_groups[0]["lr"], again.param_groups[0]["momentum"]) == (0.25, 0.5)


def flipped(raw, weight):
    """Turn one bit of a weight round: torch reads such a file without a word."""
    at = raw.index(weight.detach().numpy().tobytes())
    return raw[:at] + bytes([raw[at] ^ 64]) + raw[at + 1 :]


def weights_of(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def script(model, path):
    torch.jit.trace(model, torch.ones(1, 1, 8, 8), check_trace=False).save(str(path))


small = nn.Linear(2, 1)
BAD_FILES = {
    "another U-Net": (
        lambda path: torch.save(small_net(skips="sum").state_dict(), path),
        r"another model \(2 differences\): decoder.0.0.weight is \(16, 16, 3, 3\) there and \(16, 32, 3, 3\) here",
    ),
    "another architecture": (
        lambda path: torch.save(nn.Sequential(nn.Linear(2, 1), nn.Linear(1, 1)).state_dict(), path),
        r"another model \(\d+ differences\): .* is (missing there|not in this model); .*; ",
    ),
    "one layer less": (
        lambda path: torch.save({k: v for k, v in small_net().state_dict().items() if "head.bias" not in k}, path),
        r"another model \(1 difference\): head.bias is missing there",
    ),
    "one layer more": (
        lambda path: torch.save(small_net().state_dict() | {"aux.weight": torch.ones(1)}, path),
        r"another model \(1 difference\): aux.weight is not in this model",
    ),
    "two at once": (
        lambda path: torch.save(
            prefixed("a.", small_net().state_dict()) | prefixed("b.", small_net().state_dict()), path
        ),
        "has weights with this model's names 2 times: save those alone that you mean",
    ),
    "no weights": (lambda path: torch.save({"epoch": 3}, path), "holds a dict with epoch: no weights by name"),
    "a list": (lambda path: torch.save([torch.ones(2)], path), "holds a list: no weights by name"),
    "a tensor": (lambda path: torch.save(torch.ones(2), path), "holds a Tensor: no weights by name"),
    "a whole model": (
        lambda path: torch.save(small_net(), path),
        r"holds segbook.models.unet.UNet, and reading that could run code. If it is a whole model, write torch.save",
    ),
    "a whole model, as before 1.6": (
        lambda path: torch.save(small, path, _use_new_zipfile_serialization=False),
        r"holds torch.nn.modules.linear.Linear, and reading",
    ),
    "TorchScript": (
        lambda path: script(nn.Conv2d(1, 1, 3), path),
        r"is a TorchScript model, .* save torch.jit.load\(…\).state_dict\(\)",
    ),
    "NumPy": (lambda path: np.savez(open(path, "wb"), a=np.ones(2)), "is no whole file of torch.save"),  # noqa: SIM115
    "half of it": (
        lambda path: (torch.save(small_net().state_dict(), path), path.write_bytes(path.read_bytes()[:5000])),
        r"net.pt is cut short: its end is missing. Copy or download it again",
    ),
    "half of an old one": (
        lambda path: (
            torch.save(small.state_dict(), path, _use_new_zipfile_serialization=False),
            path.write_bytes(path.read_bytes()[:-9]),
        ),
        "is no whole file of torch.save",
    ),
    "a damaged one": (
        lambda path: (
            torch.save(small.state_dict(), path),
            path.write_bytes(flipped(path.read_bytes(), small.weight)),
        ),
        r"net.pt is damaged: the checksum of net/data/\d is wrong",
    ),
    "nothing": (lambda path: path.write_bytes(b""), r"is no whole file of torch.save: it starts with b''"),
    "a web page": (lambda path: path.write_text("<!DOCTYPE html><p>404"), r"it starts with b'<!DOCTYPE html>"),
    "a pointer": (lambda path: path.write_text("version https://git-lfs.github.com/spec/v1"), "starts with b'version"),
}


@pytest.mark.filterwarnings("ignore")  # what torch says of TorchScript, and of files left open by NumPy
@pytest.mark.parametrize("kind", BAD_FILES)
def test_other_files_are_explained_and_nothing_is_changed(kind, tmp_path):
    write, shows = BAD_FILES[kind]
    write(tmp_path / "net.pt")
    model = small_net(seed=5)
    before = weights_of(model)
    with pytest.raises(ValueError, match=shows) as refused:
        load_checkpoint(tmp_path / "net.pt", model)
    assert len(str(refused.value).replace(str(tmp_path), "")) < 300
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"net.pt"):
        load_checkpoint(tmp_path / "net.pt", nn.Linear(2, 1))


def stepped(make, model):
    optimizer = make(model.parameters())
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    return optimizer.state_dict()


def adam(parameters):
    return torch.optim.Adam(parameters, lr=0.125)


def momentum(parameters):
    return torch.optim.SGD(parameters, lr=0.5, momentum=0.5)


STATES = {
    "another kind": (stepped(momentum, nn.Linear(2, 1)), "is no Adam: it has no betas, eps"),
    "another model": (
        stepped(adam, nn.Linear(2, 3)),
        r"is of another model: its exp_avg of parameter 0 is \(3, 2\), the parameter \(1, 2\)",
    ),
    "fewer parameters": (stepped(adam, nn.Linear(2, 1, bias=False)), "holds 1 parameters, this one 2"),
    "other groups": (
        stepped(lambda p: torch.optim.Adam([{"params": [one]} for one in p]), nn.Linear(2, 1)),
        r"holds 1 \+ 1 parameters, this one 2",
    ),
    "a number": (3, "holds no state of an optimizer"),
    "an empty dict": ({}, "holds no state of an optimizer"),
    "groups without parameters": ({"state": {}, "param_groups": [{"lr": 1}]}, "holds no state of an optimizer"),
    "none": (None, "was saved without an optimizer"),
}


@pytest.mark.parametrize("kind", STATES)
def test_a_bad_state_of_the_optimizer_leaves_model_and_optimizer_as_they_were(kind, tmp_path):
    state, shows = STATES[kind]
    model = nn.Linear(2, 1)
    optimizer = adam(model.parameters())
    optimizer.load_state_dict(stepped(adam, model))
    weights, before = weights_of(model), pickle.dumps(optimizer.state_dict())
    torch.save({"model": nn.Linear(2, 1).state_dict(), "optimizer": state, "extra": {}}, tmp_path / "net.pt")
    with pytest.raises(ValueError, match=shows):
        load_checkpoint(tmp_path / "net.pt", model, optimizer)
    assert all(torch.equal(weights[name], value) for name, value in model.state_dict().items())
    assert pickle.dumps(optimizer.state_dict()) == before
    load_checkpoint(tmp_path / "net.pt", model)  # the weights alone are good


def test_whatever_fails_in_the_end_takes_everything_back(tmp_path, monkeypatch):
    model = nn.Linear(2, 1)
    optimizer = adam(model.parameters())
    save_checkpoint(tmp_path / "net.pt", nn.Linear(2, 1), adam(nn.Linear(2, 1).parameters()))
    weights, load = weights_of(model), optimizer.load_state_dict
    calls = iter([RuntimeError("no memory"), None])

    def fails_once(state):
        if error := next(calls):
            raise error
        load(state)

    monkeypatch.setattr(optimizer, "load_state_dict", fails_once)
    with pytest.raises(RuntimeError, match="no memory"):
        load_checkpoint(tmp_path / "net.pt", model, optimizer)
    assert all(torch.equal(weights[name], value) for name, value in model.state_dict().items())
