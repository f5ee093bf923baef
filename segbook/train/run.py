"""A whole run: train, look at the validation images, keep the best, tune the read-out, test once, write it all down.

Whatever happens, the folder of the run holds `last.pt` of the last look; called again, the run goes on from there and
ends as if nothing had happened. `model.pt` and `metrics.json` are written at the end.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader

from segbook.files import draft_of
from segbook.train.checkpoints import save_checkpoint
from segbook.train.hardware import move
from segbook.train.loop import fit
from segbook.train.origin import commit, machine
from segbook.train.parts import PERCENTILES, Parts
from segbook.train.progress import Progress
from segbook.train.ranks import Ranks, Share
from segbook.train.readout import evaluate
from segbook.train.recipe import Recipe

LAST, MODEL, METRICS = "last.pt", "model.pt", "metrics.json"


class _Enough(Exception):
    """Raised within `fit` when patience is at its end."""


def train(
    parts: Parts,
    recipe: Recipe,
    out: Path,
    ranks: Ranks,
    *,
    say: Callable[[str], object] = lambda line: None,
    command: str = "",
    workers: int = 0,
    model: nn.Module | None = None,
) -> dict[str, Any] | None:
    """Train on `parts.train`, choose by `parts.validation`, test on `parts.test` once.

    Args:
        parts: The images.
        recipe: The settings.
        out: The folder of the run, made if it is missing. What was begun there is gone on with.
        ranks: Which of how many processes this is, and its device.
        say: Gets a line after every look at the validation images.
        command: What was typed, for the record.
        workers: Processes that prepare batches, for each rank.
        model: Trained in place of the recipe's network, of as many channels and classes as `Recipe.network_for` says.
            `model.pt` is then not written.

    Returns:
        What `metrics.json` holds; None for other ranks than the first, or if Ctrl-C ended the training.

    Raises:
        ValueError: If a run with other settings or images was begun in `out`, or a batch cannot be shared equally.
    """
    start, is_ours = perf_counter(), model is None
    model = move(recipe.model_for(parts) if model is None else model, ranks.device, torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), lr=recipe.rate_at(1))
    progress = Progress(parts, recipe, out / LAST, ranks, model, optimizer)
    out.mkdir(parents=True, exist_ok=True)
    if progress.path.exists():
        progress.resume()
        say(f"{out}: going on after step {len(progress.history['loss'])}")
    # An epoch lasts from one look at the validation images to the next, so that a resumed run reads nothing twice.
    share = Share(recipe.every, recipe.batch_size, ranks)
    items = recipe.variations(parts.train, recipe.batch_size * (recipe.steps + recipe.every))
    loader = DataLoader(items, share.own, sampler=share, num_workers=workers)

    def after_step(step: int) -> None:
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate_at(step + 1)
        if step % recipe.every == 0 or step == recipe.steps:
            say(progress.look(step))
            if not progress.has_patience:
                raise _Enough

    if not progress.is_over:
        try:
            fit(
                ranks.wrap(model),
                loader,
                recipe.loss,
                optimizer,
                steps=recipe.steps,
                precision=recipe.precision,
                seed=recipe.seed,
                history=progress.history,
                after_step=after_step,
            )
        except _Enough:
            say(f"{recipe.patience} looks without a better score: enough")
    if not progress.is_over:
        return None
    seconds = perf_counter() - start
    record = None
    if ranks.first:
        model.load_state_dict(progress.best["weights"])
        readout, scores = evaluate(model, parts)
        record = {
            "command": command,
            "commit": commit(),
            "machine": machine(ranks),
            "data": parts.described(),
            "recipe": asdict(recipe),
            "parameters": sum(parameter.numel() for parameter in model.parameters()),
            "seconds": round(seconds, 1),
            "looks": progress.looks,
            "best step": progress.best["step"],
            "readout": asdict(readout) if readout is not None else None,
            **scores,
        }
        if is_ours:
            extra = {"network": recipe.network_for(parts), "percentiles": PERCENTILES, "readout": record["readout"]}
            save_checkpoint(out / MODEL, model, **extra)
        with draft_of(out / METRICS) as draft:
            draft.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")
    ranks.agree(None)  # the others wait until all is written
    return record
