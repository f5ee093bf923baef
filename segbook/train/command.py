"""The command `python -m segbook.train`: a network for a folder of images and masks, or for a named set."""

import argparse
import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

from tqdm.auto import tqdm

from segbook.train.hardware import PRECISIONS
from segbook.train.parts import SETS, open_parts
from segbook.train.ranks import Ranks, joined
from segbook.train.recipe import TARGETS, Recipe
from segbook.train.run import METRICS, MODEL, train

DESCRIPTION = """\
Train a U-Net on images and masks, choose its read-out on validation images, and test it once.

  python -m segbook.train --data sample --out runs/sample
  python -m segbook.train --data FOLDER --out runs/mine --group-by '^(.*)_tile' --epochs 200 --patience 10
  python -m segbook.train --data sample --out runs/carved --target carved --w0 10
  torchrun --nproc-per-node 2 -m segbook.train --data dsb2018 --out runs/dsb2018 --precision auto

A run that was stopped or killed goes on when the same command is given again, and ends as if nothing had happened."""

EPILOG = """\
data
  sample     36 training and 18 test images of nuclei, which lie in the package
  dsb2018    497 fluorescence images of the 2018 Data Science Bowl: downloaded once, or from the folder SEGBOOK_DATA
  isbi2012   30 slices of electron microscopy, with classes in place of ids; parted in blocks of six neighbours
  FOLDER     FOLDER/images/NAME.png beside FOLDER/masks/NAME.png, or FOLDER/NAME/images beside FOLDER/NAME/masks. Where
             there are FOLDER/train and FOLDER/test, the test images are these

what is written to --out
  last.pt       how far the run is, at every look at the validation images
  model.pt      the best network; segbook.train.pretrained("OUT/model.pt") reads it, and finds objects with it
  metrics.json  command, commit, device, versions, images and their sha256, settings, curve, and the scores of the test
                images: AP at the IoUs 0.50 to 0.90, merged and split cells, IoU, each with its 95 % interval; and the
                same of Otsu's threshold with a watershed

images of one field of view, slide or patient
  look alike, and a network that has seen one knows the others. --group-by keeps them on one side."""

HELP = {
    "target": "what ids become: two classes with a gap between cells that touch, or outside, inside and border",
    "w_0": "height of the weight map's ridge between cells; 0 trains without a map",
    "sigma": "width of the ridge, in pixels",
    "width": "channels of U-Net at full size",
    "depth": "how often it halves the size",
    "skips": "concat, sum or none",
    "norm": "none, batch or instance",
    "size": "height and width of the training crops, in pixels",
    "flip": "mirror crops by chance",
    "degrees": "turn crops by up to so many degrees",
    "elastic": "standard deviation of the elastic deformation, in pixels",
    "steps": "batches to train on, at most",
    "batch_size": "crops in a batch, over all processes",
    "rate": "largest learning rate of Adam",
    "every": "steps between two looks at the validation images",
    "patience": "looks without a better score after which training stops; 0: never",
    "precision": f"auto or one of {', '.join(PRECISIONS)}",
    "seed": "of weights and augmentation",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    options = parser().parse_args(given)
    try:
        with joined(options.device) as ranks, _still(ranks):
            return _train(options, ranks, shlex.join(["python", "-m", "segbook.train", *given]))
    except (OSError, ValueError, FloatingPointError) as error:
        print(f"segbook.train: {error}", file=sys.stderr)
        return 2


def parser() -> argparse.ArgumentParser:
    """Say what the command understands: the settings of a `Recipe`, and where images and results are."""
    made = argparse.ArgumentParser(
        "python -m segbook.train",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--data", required=True, help=f"{', '.join(SETS)} or a folder")
    made.add_argument("--out", required=True, type=Path, help="folder of the run")
    made.add_argument("--masks", default="ids", choices=("ids", "classes"), help="what a folder's masks hold (ids)")
    made.add_argument("--validation", default=0.25, type=float, help="share of the images to choose by (0.25)")
    made.add_argument("--test", default=0.2, type=float, help="share to test on, where there is no test part (0.2)")
    made.add_argument("--group-by", metavar="REGEX", help="images in whose names it finds the same stay together")
    made.add_argument("--split-seed", default=0, type=int, help="of the split (0)")
    made.add_argument("--epochs", type=int, help="times to go through the training images, in place of --steps")
    made.add_argument("--device", help="cpu, cuda or mps; the GPU, if there is one")
    made.add_argument("--workers", default=0, type=int, help="processes that prepare batches, for each process (0)")
    for field in fields(Recipe):
        name, value = f"--{field.name.replace('_', '-').replace('w-0', 'w0')}", field.default
        if isinstance(value, bool):
            made.add_argument(name, default=value, action=argparse.BooleanOptionalAction, help=HELP[field.name])
            continue
        choices = TARGETS if field.name == "target" else None
        made.add_argument(
            name,
            dest=field.name,
            default=value,
            type=type(value),
            choices=choices,
            metavar=None if choices else type(value).__name__.upper(),
            help=f"{HELP[field.name]} ({value})",
        )
    return made


def _train(options: argparse.Namespace, ranks: Ranks, command: str) -> int:
    if options.workers < 0:
        raise ValueError(f"workers must be a whole number of at least 0: got {options.workers}")
    parts = open_parts(
        options.data,
        masks=options.masks,
        validation=options.validation,
        test=options.test,
        group_by=options.group_by,
        seed=options.split_seed,
    )
    settings = {field.name: getattr(options, field.name) for field in fields(Recipe)}
    if options.epochs is not None:
        if options.epochs < 1:
            raise ValueError(f"epochs must be a whole number of at least 1: got {options.epochs}")
        settings["steps"] = -(-options.epochs * len(parts.train) // options.batch_size)
    recipe = Recipe(**settings)

    def say(line: str) -> None:
        if ranks.first:
            tqdm.write(line, file=sys.stdout)
            sys.stdout.flush()

    say(
        f"{parts.name}: {len(parts.train)} images to train on, {len(parts.validation)} to choose by, "
        f"{len(parts.test)} to test on"
    )
    record = train(parts, recipe, options.out, ranks, say=say, command=command, workers=options.workers)
    if record is None:
        if ranks.first:
            say(f"Stopped. The same command goes on from {options.out}.")
            return 130
        return 0
    say(_table(record))
    say(f"Written to {options.out}: {MODEL}, {METRICS}")
    return 0


def _table(record: dict[str, Any]) -> str:
    """Show the scores of the test images."""
    columns = {"U-Net": record["test"]} | ({"Otsu": record["test of Otsu"]} if "test of Otsu" in record else {})
    rows = {
        name: [scores[name] for scores in columns.values()]
        for name in record["test"]
        if name not in ("AP", "images", "cells", "each")
    }
    if "AP" in record["test"]:
        rows = {f"AP {iou}": [s["AP"][iou] for s in columns.values()] for iou in ("0.50", "0.75", "0.90")} | rows
    head = f"{record['test']['images']} test images".ljust(24) + "".join(name.ljust(24) for name in columns)
    return "\n".join(
        [head, *(name.ljust(24) + "".join(_shown(one).ljust(24) for one in row) for name, row in rows.items())]
    )


def _shown(interval: list[float]) -> str:
    score, *ends = interval
    return f"{score:.3f}" + (f" [{ends[0]:.3f}, {ends[1]:.3f}]" if ends else "")


@contextmanager
def _still(ranks: Ranks) -> Iterator[None]:
    """Show a progress bar only on rank 0, and only where somebody looks."""
    before = os.environ.get("TQDM_DISABLE")
    if not ranks.first or not sys.stderr.isatty():
        os.environ["TQDM_DISABLE"] = "1"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("TQDM_DISABLE", None)
        else:
            os.environ["TQDM_DISABLE"] = before
