"""What each of several processes does in a test: train two steps, and keep the gradient of the last and what was said."""

import json
import sys
from pathlib import Path

import torch

from segbook.train.parts import open_parts
from segbook.train.ranks import joined
from segbook.train.recipe import Recipe
from segbook.train.run import train

RECIPE = Recipe(target="carved", w_0=10.0, width=4, depth=1, size=16, steps=2, every=1, batch_size=4)


def train_and_keep(data: str, out: Path) -> None:
    """Train, and write the gradients of this rank's model, and the record if there is one."""
    lines: list[str] = []
    with joined("cpu") as ranks:
        parts = open_parts(data)
        model = RECIPE.model_for(parts)
        record = train(parts, RECIPE, out, ranks, say=lines.append, model=model)
    kept = {"gradients": [parameter.grad for parameter in model.parameters()], "lines": lines}
    torch.save(kept | {"record": json.dumps(record)}, out / f"rank{ranks.rank}.kept")


if __name__ == "__main__":
    train_and_keep(sys.argv[1], Path(sys.argv[2]))
