"""How far a run is: its losses, its looks at the validation images, the best weights; to a file and back."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn

from segbook.train.checkpoints import load_checkpoint, save_checkpoint
from segbook.train.parts import Parts
from segbook.train.ranks import Ranks
from segbook.train.readout import validate
from segbook.train.recipe import Recipe


class Progress:
    """What a run has to know of itself to be cut short at any time and to go on.

    Args:
        parts: The images.
        recipe: The settings.
        path: The file that rank 0 writes at every look.
        ranks: Which of how many processes this is.
        model: What is trained, without a wrapper.
        optimizer: Holds the model's parameters.

    Attributes:
        history: The loss of every step, as `fit` keeps it.
        looks: Step, mean loss since the last look, and validation score of every look.
        best: Step, score and weights of the best look.
    """

    def __init__(
        self, parts: Parts, recipe: Recipe, path: Path, ranks: Ranks, model: nn.Module, optimizer: torch.optim.Optimizer
    ):
        self.parts, self.recipe, self.path, self.ranks = parts, recipe, path, ranks
        self.model, self.optimizer = model, optimizer
        self.history: dict[str, list[float]] = {"loss": []}
        self.looks: list[dict[str, Any]] = []
        self.best: dict[str, Any] = {"step": 0, "score": -1.0, "weights": {}}

    def resume(self) -> None:
        """Take up what was written.

        Raises:
            ValueError: If it was written by a run with other settings or images; it names them.
        """
        held = load_checkpoint(self.path, self.model)  # refuses other networks by the names of their weights
        differ = self.recipe.differences(held["recipe"])
        if held["sha256"] != self.parts.sha256:
            differ.append("other images, or parted otherwise")
        if differ:
            raise ValueError(
                f"{self.path.parent} holds a run with other settings ({'; '.join(differ)}): choose another folder, or "
                f"remove {self.path} to begin anew"
            )
        load_checkpoint(self.path, self.model, self.optimizer)
        self.history, self.looks, self.best = held["history"], held["looks"], held["best"]

    def look(self, step: int) -> str:
        """Score the validation images, keep the best weights, write down how far the run is.

        Args:
            step: How many steps were taken.

        Returns:
            A line that says so.
        """
        since = self.history["loss"][self.looks[-1]["step"] if self.looks else 0 :]
        loss = self.ranks.mean(sum(since) / len(since))
        score = validate(self.model, self.parts.validation) if self.ranks.first else 0.0
        score = self.ranks.agree(score)
        self.looks.append({"step": step, "loss": round(loss, 5), "score": round(score, 5)})
        if score > self.best["score"]:
            weights = {name: value.cpu().clone() for name, value in self.model.state_dict().items()}
            self.best = {"step": step, "score": score, "weights": weights}
        if self.ranks.first:
            save_checkpoint(
                self.path,
                self.model,
                self.optimizer,
                history=self.history,
                looks=self.looks,
                best=self.best,
                recipe=asdict(self.recipe),
                sha256=self.parts.sha256,
            )
        best = "" if self.best["step"] == step else f", best {self.best['score']:.3f} at step {self.best['step']}"
        return f"step {step} of {self.recipe.steps}: loss {loss:.4f}, validation {score:.3f}{best}"

    @property
    def has_patience(self) -> bool:
        """Whether one of the last looks was the best; always, without a limit."""
        since = sum(look["step"] > self.best["step"] for look in self.looks)
        return not self.recipe.patience or since < self.recipe.patience

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to train."""
        return len(self.history["loss"]) >= self.recipe.steps or not self.has_patience
