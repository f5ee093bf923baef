"""What is trained, how often and for how long: one line for every row of the tables, the most important first."""

from dataclasses import dataclass, field

SCENES = ("cells", "context", "shapes", "nuclei")
LONG, SHORT = (300, 1000, 3000), (300, 1000)
RATES = (1e-3, 2e-3, 4e-3)
RATE = 2e-3  # until it is tuned
TUNE_SEED = 99
BORDER = {"kind": "border"}
UNET = {"kind": "unet"}


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Attributes:
        name: What it is called, unique.
        group: Letter of its table.
        net: One of `train.NETS` and its settings.
        loss: One of `scenes.weigh` and its settings.
        scenes: One of `SCENES`.
        marks: Steps after which it is scored; training ends with the last.
        seeds: How many times it is trained.
        family: Whose learning rate it takes.
        rate: A learning rate of its own, 0 for the family's.
        readings: "full" also reads by watershed, at every mark, and keeps curves; "short" leaves the watershed out.
        labelled: Labelled pixels in an image, 0 for all.
        swapped: Whether a U-Net is tested with skips from other images.
    """

    name: str
    group: str
    net: dict = field(default_factory=lambda: UNET)
    loss: dict = field(default_factory=lambda: {"kind": "plain"})
    scenes: str = "cells"
    marks: tuple[int, ...] = LONG
    seeds: int = 10
    family: str = "cells plain"
    rate: float = 0.0
    readings: str = "full"
    labelled: int = 0
    swapped: bool = False


def _grid(scenes: str, group: str, family: str, seeds: int = 10) -> list[Row]:
    """Cross depth 1 to 4 with no skips, sums and concatenation; the plain row stands for depth 3 with concatenation."""
    return [
        Row(
            f"{scenes}: depth {depth}, skips {skips}", group, net={"kind": "unet", "depth": depth, "skips": skips},
            scenes=scenes, family=f"{scenes} none" if skips == "none" else family, seeds=seeds,
            readings="full" if (scenes, skips) == ("cells", "none") and depth < 4 else "short",
        )
        for depth in (3, 1, 4, 2) for skips in ("concat", "none", "sum")
        if scenes == "context" or (depth, skips) != (3, "concat")
    ]  # fmt: skip


def _control(name: str, *, family: str = "cells border", seeds: int = 4, **settings) -> Row:
    return Row(f"control: {name}", "c", marks=settings.pop("marks", SHORT), seeds=seeds, family=family, **settings)


def _losses() -> list[Row]:
    named = {
        "the formula as printed, at every pixel": {"kind": "printed"},
        "a ring without d_2, w_0 = 3": {"kind": "ring", "w_0": 3.0},
        "a ring without d_2, equal total weight": {"kind": "ring"},
        "a dear background, equal total weight": {"kind": "constant"},
        "balanced w_c": {"kind": "border", "balanced": True},
        **{f"w_0 = {w_0:g}": {"kind": "border", "w_0": w_0} for w_0 in (1.0, 3.0, 30.0)},
        **{f"σ = {sigma:g}": {"kind": "border", "sigma": sigma} for sigma in (2.0, 10.0)},
    }
    return [_control(name, loss=loss) for name, loss in named.items()]


def _nets() -> list[Row]:
    plain = {"family": "cells plain", "readings": "short"}
    cheap = {"family": "cells plain", "marks": LONG, "seeds": 5}
    bare = {"family": "cells none", "readings": "short"}
    rows = [_control(f"bottleneck of {k}", net={"kind": "narrow", "channels": k}, **bare) for k in (1, 4, 16, 64)]
    rows += [
        _control("skips of another image", net={**UNET, "shuffled": True}, **plain),
        _control("skips of another image, in the test only", swapped=True, **plain),
        _control("FCN-8s", net={"kind": "fcn"}, **cheap),
        _control("patches, all pixels labelled", net={"kind": "patches"}, **cheap),
        _control("patches, 64 pixels of an image", net={"kind": "patches"}, labelled=64, **plain),
        _control("U-Net, 64 pixels of an image", labelled=64, **plain),
    ]
    return rows


# No fewer parameters than depth 3 at width 12 has.
WIDE = {"kind": "unet", "depth": 1, "width": 54}

ROWS = (
    Row("plain", "a"),
    Row("border", "a", loss=BORDER, family="cells border"),
    *_grid("context", "b", "context plain"),
    Row("context: depth 1, as wide as depth 3 is heavy", "b", net=WIDE, scenes="context", family="context plain",
        readings="short", seeds=5),
    *_grid("cells", "b", "cells plain"),
    *_losses(),
    *_nets(),
    Row("nuclei: plain", "e", scenes="nuclei", seeds=5, family="nuclei"),
    Row("nuclei: border", "e", scenes="nuclei", seeds=5, family="nuclei", loss=BORDER),
    Row("nuclei: three classes", "e", scenes="nuclei", seeds=5, family="nuclei", loss={"kind": "three"}),
    *_grid("nuclei", "g", "nuclei", seeds=5),
    Row("plain, rate 0.004", "f", rate=4e-3),
    Row("border, rate 0.002", "f", loss=BORDER, family="cells border", rate=2e-3),
    Row("shapes: plain", "d", scenes="shapes", seeds=5),
    Row("shapes: border", "d", scenes="shapes", seeds=5, loss=BORDER, family="cells border"),
)  # fmt: skip

# The row on which the rate of a family is tuned.
TUNED = {
    "cells plain": "plain",
    "cells border": "border",
    "cells none": "cells: depth 3, skips none",
    "context plain": "context: depth 3, skips concat",
    "context none": "context: depth 3, skips none",
    "nuclei": "nuclei: plain",
    "nuclei none": "nuclei: depth 3, skips none",
}
