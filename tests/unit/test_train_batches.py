"""Training that is cut short and goes on ends where it would have ended: the same weights, bit by bit."""

import random
import signal
import subprocess
import sys
import warnings
from functools import partial

import numpy as np
import pytest
import torch
from small_training import discs, one_thread, small_net  # noqa: F401 (one_thread is used by being here)
from torch.nn import functional as F
from torch.utils.data import BatchSampler, DataLoader, Dataset, RandomSampler, TensorDataset

from segbook.train import batches as batches_module
from segbook.train import fit, load_checkpoint, save_checkpoint
from segbook.train.batches import as_batches, kept_generators, numbered, seed_generators

STEPS = 11


class Augmented(Dataset):
    """Flips, noise and contrast from the global generators of torch, NumPy and Python, as people's datasets draw them."""

    def __init__(self, count=8):
        self.images, self.labels = discs(count, 16)
        self.read = []

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        self.read.append(index)
        image, label = self.images[index], self.labels[index]
        if torch.rand(()) < 0.5:
            image, label = image.flip(-1), label.flip(-1)
        noise = np.random.normal(0, 0.1, image.shape)  # noqa: NPY002
        return (image + torch.from_numpy(noise).float()) * random.uniform(0.9, 1.1), label


class Epochs(TensorDataset):
    """Draws from a generator of its own, seeded from epoch and index."""

    epoch = 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __getitem__(self, index):
        generator = torch.Generator().manual_seed(1000 * self.epoch + index)
        image, label = super().__getitem__(index)
        return image + torch.rand(image.shape, generator=generator), label


def own_order():
    return RandomSampler(range(8), generator=torch.Generator().manual_seed(7))


DATA = {
    "a list": lambda: [discs(2, 16, seed) for seed in range(4)],
    "a generator": lambda: (discs(2, 16, seed) for seed in range(20)),
    "a dataset": lambda: TensorDataset(*discs(8, 16)),
    "an augmented dataset": Augmented,
    "a dataset that knows its epoch": lambda: Epochs(*discs(8, 16)),
    "a loader": lambda: DataLoader(Augmented(), batch_size=3),
    "a shuffled loader": lambda: DataLoader(Augmented(), batch_size=3, shuffle=True),
    "with a generator": lambda: DataLoader(
        Augmented(), batch_size=3, shuffle=True, generator=torch.Generator().manual_seed(5)
    ),
    "with a sampler": lambda: DataLoader(Augmented(), batch_size=3, sampler=own_order(), drop_last=True),
    "with a sampler of batches": lambda: DataLoader(Augmented(), batch_sampler=BatchSampler(own_order(), 3, True)),
    "of ready batches": lambda: DataLoader([discs(2, 16, seed) for seed in range(4)], batch_size=None, shuffle=True),
    "with workers": lambda: DataLoader(Augmented(), batch_size=3, shuffle=True, num_workers=2),
    "with workers that stay": lambda: DataLoader(
        Augmented(), batch_size=3, shuffle=True, num_workers=2, persistent_workers=True
    ),
}


def run(data, *, steps=STEPS, history=None, path=None, model=None, optimizer=None, after_step=None, **options):
    model = model or small_net(dropout=0.3)
    optimizer = optimizer or torch.optim.Adam(model.parameters(), lr=0.01)
    options = {"steps": steps, "batch_size": 3, "seed": 4, "history": history, "after_step": after_step} | options
    return fit(model, DATA[data](), F.cross_entropy, optimizer, **options)["loss"], model


def same(one, other):
    return all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def resumed(data, path, *, at, **options):
    """Train up to a step, keep a checkpoint, and go on from it with new objects."""
    model = small_net(dropout=0.3)
    optimizer, history = torch.optim.Adam(model.parameters(), lr=0.01), {"loss": []}
    run(data, steps=at, history=history, model=model, optimizer=optimizer, **options)
    save_checkpoint(path, model, optimizer, history=history)
    model = small_net(seed=9, dropout=0.3)
    optimizer = torch.optim.Adam(model.parameters(), lr=1)
    history = load_checkpoint(path, model, optimizer)["history"]
    assert len(history["loss"]) == at
    return run(data, history=history, model=model, optimizer=optimizer, **options)


@pytest.mark.parametrize("data", DATA)
def test_a_run_that_goes_on_ends_with_the_weights_of_one_that_was_never_cut(data, tmp_path):
    losses, whole = run(data)
    for at in (2, 7):  # in the first epoch, and in one after it
        again, model = resumed(data, tmp_path / "net.pt", at=at)
        assert again == losses
        assert same(model, whole)


def test_a_float16_run_goes_on_with_its_scale(tmp_path):
    loss = {"precision": "float16"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        losses, whole = run("a dataset", **loss)
        again, model = resumed("a dataset", tmp_path / "net.pt", at=6, **loss)
    assert again == losses
    assert same(model, whole)


@pytest.mark.parametrize("data", DATA)
def test_only_samples_of_the_epoch_that_was_cut_are_read_again(data, monkeypatch):
    """The order of whole epochs is drawn, and nothing is read; where workers keep generators, all is read."""
    read = []
    monkeypatch.setattr(batches_module, "seed_generators", lambda seed, epoch, step: read.append((epoch, step)))
    made = as_batches(DATA[data](), 3, 4)
    numbers = [step for step, _ in numbered(made, epochs=None, steps=8, after=7, seed=4)]
    assert numbers == [8]
    skips = isinstance(made, DataLoader) and not made.persistent_workers
    assert ((1, 1) in read) != skips


def test_the_order_is_that_of_torchs_own_loader():
    data = TensorDataset(torch.arange(8.0).reshape(8, 1, 1, 1), torch.arange(8))
    loader = DataLoader(data, 3, shuffle=True, generator=torch.Generator().manual_seed(4))
    theirs = [labels.tolist() for _ in range(3) for _, labels in loader]
    for after in (0, 1, 3, 5, 6):
        ours = numbered(as_batches(data, 3, 4), epochs=3, steps=None, after=after, seed=4)
        assert [(step, labels.tolist()) for step, (_, labels) in ours] == list(enumerate(theirs, start=1))[after:]


KILLED = """
import os, signal, sys
sys.path[:0] = {paths!r}
import torch
torch.set_num_threads(1)
from test_train_batches import run, small_net, save_checkpoint
model = small_net(dropout=0.3)
optimizer, history = torch.optim.Adam(model.parameters(), lr=0.01), {{"loss": []}}
def after_step(step):
    if step % 3 == 0:
        save_checkpoint({path!r}, model, optimizer, history=history)
    if step == 8:
        os.kill(os.getpid(), signal.SIGKILL)
run({data!r}, history=history, model=model, optimizer=optimizer, after_step=after_step)
"""


@pytest.mark.parametrize("data", ["an augmented dataset", "with workers"])
def test_a_killed_process_goes_on_from_its_checkpoint(data, tmp_path):
    path = str(tmp_path / "net.pt")
    script = KILLED.format(paths=sys.path, path=path, data=data)
    killed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    model = small_net(seed=9, dropout=0.3)
    optimizer = torch.optim.Adam(model.parameters(), lr=1)
    history = load_checkpoint(path, model, optimizer)["history"]
    assert len(history["loss"]) == 6
    losses, model = run(data, history=history, model=model, optimizer=optimizer)
    whole_losses, whole = run(data)
    assert losses == whole_losses
    assert same(model, whole)


@pytest.mark.parametrize("where", ["between steps", "within a step"])
def test_ctrl_c_returns_what_was_learned_and_the_same_call_goes_on(where, request):
    # Python's own handler, which a shell's background jobs do not have.
    request.addfinalizer(
        partial(signal.signal, signal.SIGINT, signal.signal(signal.SIGINT, signal.default_int_handler))
    )
    model, stop = small_net(dropout=0.3), [True]
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

    def interrupt(step):
        if step == 5 and stop:
            stop.clear()
            signal.raise_signal(signal.SIGINT)

    if where == "within a step":
        seen = []
        model.register_forward_hook(lambda *_: seen.append(1) or interrupt(len(seen) - 1))
    after_step = interrupt if where == "between steps" else None
    with pytest.warns(UserWarning, match=r"stopped by hand after 5 of 11 steps: .* history="):
        losses, _ = run("an augmented dataset", model=model, optimizer=optimizer, after_step=after_step)
    assert len(losses) == 5
    losses, _ = run("an augmented dataset", model=model, optimizer=optimizer, history={"loss": losses})
    whole_losses, whole = run("an augmented dataset")
    assert losses == whole_losses
    assert same(model, whole)


def test_a_run_that_is_complete_reads_nothing_more():
    losses, model = run("a list")
    before = [parameter.clone() for parameter in model.parameters()]
    made = iter(())  # not even the first batch is asked for
    history = {"loss": list(losses)}
    optimizer = torch.optim.SGD(model.parameters())
    assert fit(model, made, F.cross_entropy, optimizer, steps=STEPS, history=history) == {"loss": losses}
    assert all(torch.equal(old, new) for old, new in zip(before, model.parameters(), strict=True))


def test_samplers_and_datasets_are_told_the_epoch():
    told = []

    class Sampler(RandomSampler):
        def set_epoch(self, epoch):
            told.append(epoch)

    loader = DataLoader(TensorDataset(*discs(4, 16)), batch_size=2, sampler=Sampler(range(4)))
    list(numbered(loader, epochs=3, steps=None, after=0, seed=0))
    assert told == [0, 1, 2]


def test_the_global_generators_are_left_as_they_were():
    def draw():
        return torch.rand(()).item(), np.random.rand(), random.random()  # noqa: NPY002

    states = torch.get_rng_state(), np.random.get_state(), random.getstate()  # noqa: NPY002
    expected = draw()
    torch.set_rng_state(states[0])
    np.random.set_state(states[1])  # noqa: NPY002
    random.setstate(states[2])
    drawn = []
    with kept_generators(torch.device("cpu")):
        for numbers in ((0, 1, 1), (0, 1, 1), (0, 1, 2), (0, 2, 1), (1, 1, 1)):
            seed_generators(*numbers)
            drawn.append(draw())
    assert draw() == expected
    assert drawn[0] == drawn[1]
    assert len(set(drawn)) == 4
    assert all(len({some[i] for some in drawn}) == 4 for i in range(3))
