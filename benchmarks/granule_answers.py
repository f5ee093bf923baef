"""Let networks say which granules count, and move a skip of one of them: `python granule_answers.py`.

For chapters 7 and 8. Networks of depth 1 and 3, without skips and with concatenated ones, are trained like those of the
experiments (`benchmarks/experiments`, seed 0), on the CPU; a threshold is the one that does best on the 40 scenes to
tune on. `segbook/data/granule_answers.png` has what they mark in a scene, one answer below the other; the last is by
the U-Net of depth 3 in another scene, with its finest skip moved to the right.

`results/granule_answers.json` has the scores on the 200 test scenes; how many granules are marked by more than half,
of those that count and of the others, and the IoU if these were given their true shapes; the IoU of the U-Net of depth
3 with zeros in place of one of its skips (1 is the finest), at thresholds of their own; and how many granules are
marked where its moved skip has carried them: those that stay on their side of a membrane, and those that cross one.

With `--compare`, encoder–decoders of four depths and FCNs (`segbook/models/fcn.py`) are trained in the same way from
three seeds each, for chapter 7, and for chapter 8 U-Nets, some of which get zeros in place of their
finest skip: "compared" in the file of results, which the rest leaves as it is. One encoder–decoder has an FCN's
bottleneck, a single convolution, so that it differs from the FCN without a sum by its way up alone; one FCN with two
sums gets nothing from the middle level, another one nothing from the finest, either: it only enlarges in as many steps.
With names behind it, only these networks are trained; with `--steps 3000`, for longer: "longer" in the file of results.
`segbook/data/granule_sums.png` has what two FCNs and depth 2 mark in the scene. Of the FCN with two sums, "terms" has
what each level adds to the scores, as means over the pixels of granules that count, of the others and of what is not a
granule, in the test scenes; and `segbook/data/granule_terms.png` what it adds in the scene. (These were trained anew on
another machine, which rounds otherwise, so their IoU differs by 0.01 or less from that in "compared".)
"""

import argparse
import json
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from run import machine
from scipy import ndimage
from torch import Tensor, nn
from torch.nn import functional as F

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "benchmarks" / "experiments"))
import scenes  # noqa: E402
import train  # noqa: E402
from rows import RATE  # noqa: E402

from segbook.data import Scene, granule_scene  # noqa: E402
from segbook.data.granules import ANSWERS, CARRIED, LOWEST, MORE, SHOWN, STEP  # noqa: E402
from segbook.metrics import boundary_counts, boundary_f_score  # noqa: E402
from segbook.models import FCN, EncoderDecoder, UNet  # noqa: E402
from segbook.models.layers import initialise  # noqa: E402

RESULT = ROOT / "benchmarks" / "results" / "granule_answers.json"
TERMS = ROOT / "segbook" / "data" / "granule_terms.png"
STEPS, SEED, SHIFTS, LEARN, TUNE, TEST, CLEARANCE = 1000, 0, (4, 40), 96, 40, 200, 10
THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
NETS = {name: {"kind": "unet", "depth": int(name[6]), "skips": name[9:]} for name in ANSWERS[:-1]}
DEEP = "depth 3, concat"
SEEDS = 0, 1, 2
PLAIN = {f"depth {depth}": {"kind": "unet", "depth": depth, "skips": "none"} for depth in (3, 2, 1, 4)}
COMPARED = {
    **PLAIN,
    **{
        f"FCN, {depth} halvings, to jump {stride}": {"kind": "fcn", "depth": depth, "stride": stride}
        for depth, stride in ((3, 8), (3, 4), (3, 2), (5, 8))
    },
    DEEP: NETS[DEEP],
    "depth 3, concat, finest left out": {"kind": "finest left out"},
    "depth 3, an FCN's bottleneck": {"kind": "an FCN's bottleneck"},
    "FCN, 3 halvings, to jump 2, without jump 4": {"kind": "FCN without its middle sum"},
    "FCN, 3 halvings, to jump 2, without sums": {"kind": "FCN without sums"},
}
TWO_SUMS = "FCN, 3 halvings, to jump 2"
SHEET = dict(zip(MORE, ("FCN, 3 halvings, to jump 8", "FCN, 3 halvings, to jump 2", "depth 2"), strict=True))


class FinestLeftOut(UNet):
    """A U-Net that gets zeros in place of its finest skip, from the first step on."""

    def _join(self, x: Tensor, skip: Tensor) -> Tensor:
        finest = skip.shape[1] == self.head.in_channels
        return super()._join(x, torch.zeros_like(skip) if finest else skip)


def finest_left_out(classes: int) -> nn.Module:
    """Build it as `train.unet` does."""
    return FinestLeftOut(1, classes, width=12, depth=3, padding=True)


def short_bottleneck(classes: int) -> nn.Module:
    """Build an encoder–decoder with all that `models.FCN` has down to its coarsest features, and a decoder."""
    model = EncoderDecoder(1, classes, width=12, depth=3)
    model.bottleneck = nn.Sequential(nn.Conv2d(48, 96, 3, padding=1), nn.ReLU(inplace=True))
    return initialise(model)


def adding_nothing(classes: int, levels: slice) -> nn.Module:
    """Build an FCN of which some levels, from the coarsest on, add nothing to its sums, from the first step on."""
    model = FCN(1, classes, width=12, depth=3, stride=2)
    for level in model.skips[levels]:
        nn.init.zeros_(level.bias)  # its weights are zero
        level.requires_grad_(requires_grad=False)
    return model


train.NETS |= {
    "finest left out": finest_left_out,
    "an FCN's bottleneck": short_bottleneck,
    "FCN without its middle sum": partial(adding_nothing, levels=slice(1)),
    "FCN without sums": partial(adding_nothing, levels=slice(None)),
}


def main() -> None:
    """Train or read the networks, score them, write both files."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--nets", type=Path, default=ROOT / "_build" / "granule_nets", help="where weights are kept")
    parser.add_argument(
        "--compare", nargs="*", metavar="NETWORK",
        help="only compare networks: those named, or all",
    )  # fmt: skip
    parser.add_argument("--steps", type=int, default=STEPS, help="of the networks that are compared")
    asked = parser.parse_args()
    folder = asked.nets
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    if asked.compare is not None:
        compare(folder, asked.compare or [*COMPARED], asked.steps)
        return
    tuned, tested = pictures(scenes.FIRST["tune"], TUNE), pictures(scenes.FIRST["test"], TEST)
    (shown,), (carried,) = pictures(SHOWN, 1), pictures(CARRIED, 1)

    def tuned_net(name: str, settings: dict) -> tuple[nn.Module, float, dict]:
        net = trained(folder / f"{name}, seed {SEED}.pt", settings)
        found = chances(net, tuned)
        threshold = max(THRESHOLDS, key=lambda t: iou(found > t, truth(tuned)))
        answer = chances(net, tested) > threshold
        score = {"threshold": threshold, "IoU": iou(answer, truth(tested))} | chosen(answer, tested)
        print(name, score, flush=True)
        return net, threshold, score

    answers, scores = {}, {}
    for name, settings in sorted(NETS.items(), reverse=True):  # the deepest first
        one, limit, scores[name] = tuned_net(name, settings)
        answers[name] = chances(one, [shown])[0] > limit
        if name == DEEP:
            net, threshold = one, limit
    for skip in (1, 2, 3):
        found = chances(net, tuned, without=skip)
        limit = max(THRESHOLDS, key=lambda t, found=found: iou(found > t, truth(tuned)))
        scores[f"without skip {skip}"] = iou(chances(net, tested, without=skip) > limit, truth(tested))
        print(skip, scores[f"without skip {skip}"], flush=True)
    answers[ANSWERS[-1]] = chances(net, [carried], SHIFTS[-1])[0] > threshold
    for shift in SHIFTS:
        moved = chances(net, tested, shift) > threshold
        scores[f"moved by {shift}"] = {
            "IoU with what counts": iou(moved, truth(tested)),
            "IoU with what counts, moved": iou(moved, truth(tested).roll(shift, -1)),
            "granules, and marked": crossings(moved, tested, shift),
        }
        print(scores[f"moved by {shift}"], flush=True)
    sheet = torch.cat([answers[name] for name in ANSWERS]).numpy()
    Image.fromarray(sheet).save(ROOT / "segbook" / "data" / "granule_answers.png", optimize=True)
    kept = json.loads(RESULT.read_text("utf-8")) if RESULT.exists() else {}
    text = {"steps": STEPS, "seed": SEED, "machine": machine(), "scores": scores}
    text |= {name: kept[name] for name in ("compared", "longer", "terms") if name in kept}
    RESULT.write_text(json.dumps(text, indent=1) + "\n", "utf-8")


def compare(folder: Path, names: list[str], steps: int) -> None:
    """Train the named networks from several seeds, and put their scores into the file."""
    tuned, tested = pictures(scenes.FIRST["tune"], TUNE), pictures(scenes.FIRST["test"], TEST)
    shown, answers = pictures(SHOWN, 1), {}
    record = "compared" if steps == STEPS else "longer"
    before = json.loads(RESULT.read_text("utf-8")).get(record, {}).get("rows", [])
    rows = [row for row in before if row["network"] not in names]
    for seed in SEEDS:
        for name in names:
            start, settings = time.perf_counter(), COMPARED[name]
            kept = f"{name}, none, seed {seed}.pt" if name in PLAIN else f"{name}, seed {seed}.pt"
            kept = kept if steps == STEPS else f"{steps} steps, {kept}"
            net = trained(folder / kept, settings, seed, steps)
            found = chances(net, tuned)
            threshold = max(THRESHOLDS, key=lambda t, found=found: iou(found > t, truth(tuned)))
            answer = chances(net, tested) > threshold
            counts = boundary_counts(answer.long(), truth(tested).long(), num_classes=2, tolerance=1)
            score = {"IoU": iou(answer, truth(tested)), "boundary F": boundary_f_score(counts)[1].item()}
            rows.append({"network": name, "seed": seed, "threshold": threshold} | score | chosen(answer, tested))
            if seed == SEED:
                answers[name] = chances(net, shown)[0] > threshold
            print(f"{time.perf_counter() - start:.0f} s", rows[-1], flush=True)
            text = json.loads(RESULT.read_text("utf-8"))
            text[record] = {"steps": steps, "machine": machine(), "rows": rows}
            if name == TWO_SUMS and steps == STEPS:
                split = {"IoU": rows[-1]["IoU"]} | mean_terms(net, tested)
                text["terms"] = text.get("terms", {}) | {f"seed {seed}": split, "machine": machine()}
                if seed == SEED:
                    sheet = ((torch.cat([*terms(net, shown)[0]]) - LOWEST) / STEP).round().clamp(0, 255)
                    Image.fromarray(sheet.byte().numpy()).save(TERMS, optimize=True)
            RESULT.write_text(json.dumps(text, indent=1) + "\n", "utf-8")
    if steps == STEPS and {*SHEET.values()} <= {*answers}:
        sheet = torch.cat([answers[name] for name in SHEET.values()]).numpy()
        Image.fromarray(sheet).save(ROOT / "segbook" / "data" / "granule_sums.png", optimize=True)


def pictures(first: int, count: int) -> list[tuple[int, Scene]]:
    """Draw scenes, each with its seed."""
    return [(seed, granule_scene(96, seed=seed)) for seed in range(first, first + count)]


def truth(drawn: list[tuple[int, Scene]]) -> Tensor:
    """Mark the granules that count."""
    return torch.stack([scene.classes[scene.instances] > 0 for _, scene in drawn])


def trained(path: Path, settings: dict, seed: int = SEED, steps: int = STEPS) -> nn.Module:
    """Train a network as the experiments do, unless its weights are kept already."""
    if path.exists():
        options = dict(settings)
        net = train.NETS[options.pop("kind")](2, **options)
        net.load_state_dict(torch.load(path))
        return net.eval()
    drawn = pictures(1000 * (seed + 1), LEARN)
    images = torch.stack([(scene.image * 255).round().byte() for _, scene in drawn])
    training = train.Training(
        settings, images, truth(drawn).byte(), torch.ones(images.shape),
        rate=RATE, seed=seed, steps=steps, device=torch.device("cpu"),
    )  # fmt: skip
    for _ in range(steps):
        training.step()
    torch.save(training.model.state_dict(), path)
    return training.model.eval()


@torch.no_grad()
def chances(net: nn.Module, drawn: list[tuple[int, Scene]], shift: int = 0, *, without: int = 0) -> Tensor:
    """Give each pixel's probability of counting.

    Args:
        net: A network with or without skips.
        drawn: Scenes.
        shift: Pixels by which the finest skip is moved to the right.
        without: Which skip is all zeros, 1 for the finest; 0 for none.
    """
    images, found = torch.stack([scene.image for _, scene in drawn])[:, None], []
    if not shift and not without:
        return torch.cat([net(some).softmax(1)[:, 1] for some in images.split(20)])
    for some in images.split(20):
        carried, x = [], some
        for stage in net.encoder:
            x = stage(x)
            carried.append(x)
            x = F.max_pool2d(x, 2)
        carried[0] = carried[0].roll(shift, -1)
        if without:
            carried[without - 1] = torch.zeros_like(carried[without - 1])
        x = net.bottleneck(x)
        for upsample, stage in zip(net.upsample, net.decoder, strict=True):
            x = stage(torch.cat([carried.pop(), upsample(x)], 1))
        found.append(net.head(x).softmax(1)[:, 1])
    return torch.cat(found)


@torch.no_grad()
def terms(net: nn.Module, drawn: list[tuple[int, Scene]]) -> Tensor:
    """Split an FCN's scores, of what counts less of the rest, into what each level adds: coarsest to finest.

    Behind the scores of a level there are only sums and enlargements, which are linear. So a level adds what is lost
    without its scores; the coarsest has the constants, too.
    """
    images = torch.stack([scene.image for _, scene in drawn])[:, None]

    def scores() -> Tensor:
        two = torch.cat([net(some) for some in images.split(20)])
        return two[:, 1] - two[:, 0]

    whole, added = scores(), []
    for skip in net.skips:
        kept = [each.clone() for each in skip.parameters()]
        for each in skip.parameters():
            each.zero_()
        added.append(whole - scores())
        for each, before in zip(skip.parameters(), kept, strict=True):
            each.copy_(before)
    return torch.stack([whole - sum(added), *added], 1)


def mean_terms(net: nn.Module, drawn: list[tuple[int, Scene]]) -> dict[str, list[float]]:
    """Average what each level adds, coarsest to finest, over the pixels of granules of either side, and of none."""
    added = terms(net, drawn).movedim(1, 0)
    granule = torch.stack([scene.instances > 0 for _, scene in drawn])
    counting = truth(drawn)
    places = {"inside": counting, "outside": granule & ~counting, "none": ~granule}
    return {name: [one[where].mean().item() for one in added] for name, where in places.items()}


def iou(answer: Tensor, counting: Tensor) -> float:
    """Divide what both have by what either has."""
    return ((answer & counting).sum() / (answer | counting).sum()).item()


def chosen(answer: Tensor, drawn: list[tuple[int, Scene]]) -> dict:
    """Count granules, and those marked by more than half or by a pixel; score the first, had they true shapes."""
    counts, shaped = {"outside": [0, 0], "inside": [0, 0]}, torch.zeros_like(answer)
    touched = {"outside": 0, "inside": 0}
    for number, (_, scene) in enumerate(drawn):
        for granule in range(1, len(scene.classes)):
            place = scene.instances == granule
            share = answer[number][place].float().mean().item()
            marked, side = share > 0.5, "inside" if scene.classes[granule] else "outside"
            found = counts[side]
            touched[side] += int(share > 0)
            found[0] += 1
            found[1] += int(marked)
            shaped[number] |= place & marked
    return {"granules, and marked": counts, "touched": touched, "IoU with true shapes": iou(shaped, truth(drawn))}


def crossings(moved: Tensor, drawn: list[tuple[int, Scene]], shift: int) -> dict[str, list[int]]:
    """Count granules by where they were and where the skip carries them: how many there are, how many are marked there.

    One is marked if more than half of its pixels are, at the place to which it was carried. Left out are those carried
    to where no granule can lie: out of the image, or within the clearance of a membrane; and those of which it cannot
    be told whether they come to lie inside, because no granule of the scene tells.
    """
    names = ("outside", "inside")
    counts = {f"{before} to {after}": [0, 0] for before in names for after in names}
    for answer, (seed, scene) in zip(moved.numpy(), drawn, strict=True):
        side = sides(seed, scene)
        for granule in range(1, len(scene.classes)):
            ys, xs = np.nonzero(scene.instances.numpy() == granule)
            where = np.unique(side[ys, xs + shift]) if xs.max() + shift < side.shape[1] else []
            if len(where) == 1 and where[0] >= 0:
                found = counts[f"{names[scene.classes[granule]]} to {names[where[0]]}"]
                found[0] += 1
                found[1] += int(answer[ys, xs + shift].mean() > 0.5)
    return counts


def sides(seed: int, scene: Scene) -> np.ndarray:
    """Tell of each pixel where a granule may lie whether that is inside a membrane (1) or outside (0); −1 elsewhere."""
    walls = granule_scene(96, seed=seed, num_granules=0, blur=0.0, noise=0.0).image.numpy() > 0.3
    regions, count = ndimage.label(~walls)
    free = ndimage.distance_transform_edt(~walls) >= CLEARANCE
    side, ids = np.full(walls.shape, -1), scene.instances.numpy()
    for region in range(1, count + 1):
        found = np.unique(scene.classes.numpy()[ids[(regions == region) & (ids > 0)]])
        if len(found) == 1:
            side[(regions == region) & free] = found[0]
    return side


if __name__ == "__main__":
    main()
