"""Train a model, keep it, and let it predict: short enough to be read in one sitting.

What is trained is handed in, data in pairs: a batch is `(images, *targets)`, and the loss is called with
`(logits, *targets)`. The same cell runs on a laptop and, by `device` and `precision`, on a GPU.

A run that may be cut short writes down how far it is. Called again, it goes on from there and ends as if nothing had
happened, on a CPU with the same weights bit by bit:

>>> import tempfile, torch
>>> from pathlib import Path
>>> from segbook import models
>>> batches = [(torch.ones(1, 1, 8, 8), torch.ones(1, 8, 8).long())]
>>> def run(path, steps):
...     torch.manual_seed(0)
...     model = models.UNet(1, 2, width=2, depth=1, padding=True, dropout=0.5)
...     optimizer = torch.optim.Adam(model.parameters())
...     history = load_checkpoint(path, model, optimizer)["history"] if Path(path).exists() else {"loss": []}
...     keep = lambda step: save_checkpoint(path, model, optimizer, history=history)
...     return fit(
...         model, batches, torch.nn.CrossEntropyLoss(), optimizer, steps=steps, history=history, after_step=keep
...     )
>>> with tempfile.TemporaryDirectory() as folder:
...     cut, gone_on = run(f"{folder}/cut.pt", 3)["loss"][:], run(f"{folder}/cut.pt", 9)["loss"]
...     whole = run(f"{folder}/whole.pt", 9)["loss"]
>>> len(cut), gone_on == whole
(3, True)
"""

from segbook.train.checkpoints import load_checkpoint, save_checkpoint
from segbook.train.finding import find_objects
from segbook.train.hardware import pick_device, pick_precision
from segbook.train.loop import fit
from segbook.train.pretrained import Trained, pretrained
from segbook.train.tiles import predict

__all__ = [
    "Trained",
    "find_objects",
    "fit",
    "load_checkpoint",
    "pick_device",
    "pick_precision",
    "predict",
    "pretrained",
    "save_checkpoint",
]
