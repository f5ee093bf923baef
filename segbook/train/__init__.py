"""Train a model, keep it, and let it predict: short enough to be read in one sitting.

What is trained is handed in, data in pairs: a batch is `(images, *targets)`, and the loss is called with
`(logits, *targets)`. The same cell runs on a laptop and, by `device` and `precision`, on a GPU.
"""

from segbook.train.checkpoints import load_checkpoint, save_checkpoint
from segbook.train.hardware import pick_device, pick_precision
from segbook.train.loop import fit
from segbook.train.tiles import predict
