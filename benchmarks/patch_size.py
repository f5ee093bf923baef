"""How much of its surroundings must a network see to name a pixel of a real micrograph, and what does that cost?

Chapter 3 keeps P = 29; here are the smaller networks that smaller patches leave room for (surroundings.py has networks
of equal form). A network sees a square of P × P pixels. In one half of the trainings every patch is made brighter by a
random constant, so that its grey values alone tell little; in the other half it stays as it is. Beside the networks
stands a rule that needs no training and sees a square of as many pixels. The test images are scored as they are, and
with a broad glow added to each, as one of them has it by nature.
"""

from statistics import mean, stdev
from typing import TypeVar

import torch
from skimage.filters import threshold_local, threshold_otsu
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import TensorDataset

from segbook import data, shapes
from segbook.models import PatchClassifier
from segbook.train import fit

Model = TypeVar("Model", bound=nn.Module)

TITLE = "The size of a patch"
SEEDS = range(5)
SIZES = {1: 0, 5: 1, 9: 1, 17: 2, 29: 2}  # patch size: how often the network halves it
GLOWS = {"random glow": 0.5, "as it is": 0.0}  # the largest constant that is added to a patch
LESSONS, STEPS, BATCH, RATE = 500, 2_000, 64, 2e-3  # pixels of each training image; training
WIDTH, HIDDEN = 16, 64  # of PatchClassifier
EVERY = 4  # of the pixels that are scored, in both directions
SHOWN, A, B = 15, (172, 136), (241, 64)  # the chapter's test image, and its pixels
OTSU, GREY = "Otsu's threshold", "the best function of the grey value"
LOCAL, SQUARES = "local threshold", (5, 9, 17, 29, 61, 121)
MARGINS = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2)  # by which a nucleus must be brighter than its square, the best is taken
PEAKS, WIDTHS = (0.25, 0.5), (40, 80)  # of a glow, and its standard deviation in pixels
TEST, LESSON = 1, 2  # seeds of the glows on the test images and on the training images
NOTE = (
    f"Chapter 3's classifier of patches, trained for {STEPS:,} steps of {BATCH} patches of the book's 36 training "
    f"images of nuclei ({LESSONS} random pixels of each), with {len(SEEDS)} seeds. Each training patch is made "
    f"brighter by a random constant of up to {max(GLOWS.values())}, or stays as it is. Scored on the 18 test images, "
    f"whole, on every {EVERY}th pixel of every {EVERY}th row, by the dense form of the same weights, mirrored at the "
    "border. All images have equal contrast. The network has two convolutions with pooling, one if the patch has 5 or "
    "9 pixels, none if it has one. The best function of the grey value was counted on all pixels of the training "
    "images, in 256 steps. The local threshold calls a pixel nucleus if it is brighter than the mean of the P × P "
    f"pixels around it by a margin, that of {len(MARGINS)} with the highest IoU on all pixels of the training images "
    f"with glows (seed {LESSON}). With glows: one is added to each test image, a Gaussian bump with its centre "
    f"anywhere in the image, a standard deviation of {WIDTHS[0]} to {WIDTHS[1]} pixels and a peak of {PEAKS[0]} to "
    f"{PEAKS[1]}, all uniform (seed {TEST}). 'One image' is the test image of the chapter as it is. IoU of the "
    "nuclei, mean ± standard deviation over the seeds."
)


def measure() -> list[dict]:
    """Train every network with every seed, and score it beside what sees grey values only."""
    lessons, (images, labels) = load("train"), load("test")
    bumped = images + glows(images, TEST)
    rows = [
        {"answer": OTSU} | scores(by_otsu(images), by_otsu(bumped), labels),
        {"answer": GREY} | scores(by_grey(*lessons, images), by_grey(*lessons, bumped), labels),
    ]
    glowing = lessons[0] + glows(lessons[0], LESSON)
    for size in SQUARES:
        lead = above(glowing, size)
        margin = max(MARGINS, key=lambda margin, lead=lead: iou((lead > margin).long(), lessons[1]))
        maps = [(above(test, size) > margin).long() for test in (images, bumped)]
        rows.append({"answer": LOCAL, "P": size, "margin": margin} | scores(*maps, labels))
        print(rows[-1], flush=True)
    for size in SIZES:
        for seed in SEEDS:
            for name, glow in GLOWS.items():
                model = train(*lessons, size, glow, seed)
                row = {"answer": "network", "P": size, "patches": name, "seed": seed, "multiply-adds": cost(size)}
                row |= scores(on_the_grid(model, images), on_the_grid(model, bumped), labels, every=1)
                rows.append(row | {"A and B": at_a_and_b(model, images[SHOWN])})
                print(rows[-1], flush=True)
    return rows


def glows(images: Tensor, seed: int) -> Tensor:
    """Make a broad bump of light for each image (N, 1, H, W)."""
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.rand(4, len(images), 1, 1, 1, generator=generator)
    height, width = images.shape[-2:]
    rows, columns = torch.arange(height)[:, None] - height * drawn[0], torch.arange(width) - width * drawn[1]
    peak, sigma = (low + (high - low) * part for (low, high), part in zip((PEAKS, WIDTHS), drawn[2:], strict=True))
    return peak * torch.exp(-(rows**2 + columns**2) / (2 * sigma**2))


def above(images: Tensor, size: int) -> Tensor:
    """Measure how far each pixel is above the mean of the square around it (N, H, W)."""
    means = [torch.from_numpy(threshold_local(image.numpy(), size, method="mean")) for image in images[:, 0]]
    return images[:, 0] - torch.stack(means)


def load(part: str) -> tuple[Tensor, Tensor]:
    """Open nuclei of equal contrast: images (N, 1, H, W) and labels (N, H, W)."""
    images, labels, _ = (torch.stack(views) for views in zip(*data.nuclei(part, percentiles=(1, 99.8)), strict=True))
    return images, labels


def train(images: Tensor, labels: Tensor, size: int, glow: float, seed: int) -> PatchClassifier:
    """Train one network as the chapter does."""
    lessons = cut(images, labels, size, glow, seed)
    torch.manual_seed(seed)
    return teach(network(size), lessons, seed)


def cut(images: Tensor, labels: Tensor, size: int, glow: float, seed: int, *, number: int = LESSONS) -> TensorDataset:
    """Cut patches around random pixels, make each brighter by a random constant, and label them by their centres."""
    generator = torch.Generator().manual_seed(seed)
    image = torch.arange(len(images)).repeat_interleave(number)
    row, column = torch.randint(images.shape[-1], (2, len(image)), generator=generator)
    steps = torch.arange(size)
    mirrored = F.pad(images, (size // 2,) * 4, mode="reflect")[:, 0]
    patches = mirrored[image[:, None, None], row[:, None, None] + steps[:, None], column[:, None, None] + steps]
    patches += glow * torch.rand(len(patches), 1, 1, generator=generator)
    return TensorDataset(patches[:, None], labels[image, row, column])


def teach(model: Model, lessons: TensorDataset, seed: int, *, steps: int = STEPS) -> Model:
    """Take the chapter's training steps, or another number."""
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    fit(model, lessons, F.cross_entropy, optimizer, steps=steps, batch_size=BATCH, device="cpu", seed=seed)
    return model


def network(size: int) -> PatchClassifier:
    """Build the chapter's network for patches of some size."""
    return PatchClassifier(1, 2, patch_size=size, depth=SIZES[size], width=WIDTH, hidden=HIDDEN)


def cost(size: int) -> int:
    """Count the multiply–adds of one patch."""
    total, channels, left = 0, 1, size
    for _ in range(SIZES[size]):
        total += shapes.conv_multiply_adds(channels, WIDTH, 4, output_size=left - 3)
        channels, left = WIDTH, (left - 3) // 2
    return total + shapes.dense_multiply_adds(channels * left**2, HIDDEN) + shapes.dense_multiply_adds(HIDDEN, 2)


@torch.no_grad()
def on_the_grid(model: PatchClassifier, images: Tensor) -> Tensor:
    """Label every fourth pixel in both directions (N, H / 4, W / 4), one image at a time."""
    mirrored = F.pad(images, (model.patch_size // 2,) * 4, mode="reflect")
    labels = torch.cat([model.dense()(image[None]).argmax(dim=1) for image in mirrored])
    return labels[:, :: EVERY // model.stride, :: EVERY // model.stride]


@torch.no_grad()
def at_a_and_b(model: PatchClassifier, image: Tensor) -> list[int]:
    """Label the chapter's two pixels."""
    reach = model.patch_size // 2
    mirrored = F.pad(image, (reach,) * 4, mode="reflect")
    patches = [mirrored[:, row : row + 2 * reach + 1, column : column + 2 * reach + 1] for row, column in (A, B)]
    return model(torch.stack(patches)).argmax(dim=1).tolist()


def by_otsu(images: Tensor) -> Tensor:
    """Call nucleus what is brighter than the image's own threshold (N, H, W)."""
    return torch.stack([(image > threshold_otsu(image.numpy())).long() for image in images[:, 0]])


def by_grey(images: Tensor, labels: Tensor, test: Tensor) -> Tensor:
    """Give each grey value the label of most training pixels that have it (N, H, W)."""
    steps, new = ((part[:, 0].clamp(0, 1) * 255).round().long() for part in (images, test))
    counts = torch.bincount(steps.flatten() + 256 * labels.flatten(), minlength=512).reshape(2, 256)
    return (counts[1] > counts[0]).long()[new]


def scores(answers: Tensor, with_glows: Tensor, labels: Tensor, every: int = EVERY) -> dict[str, float]:
    """Score labels on the grid: all test images together, with glows, and the chapter's alone."""
    truth = labels[:, ::EVERY, ::EVERY]
    answers, with_glows = answers[:, ::every, ::every], with_glows[:, ::every, ::every]
    one = iou(answers[SHOWN], truth[SHOWN])
    return {"IoU": iou(answers, truth), "with glows": iou(with_glows, truth), "one image": one}


def iou(answers: Tensor, truth: Tensor) -> float:
    """Divide the nuclei of both by those of either."""
    return round((((answers & truth) > 0).sum() / ((answers | truth) > 0).sum()).item(), 4)


def summary(rows: list[dict]) -> list[dict]:
    """Write a row for each network, over all seeds."""
    kinds = dict.fromkeys((row["answer"], row.get("P"), row.get("patches")) for row in rows)
    table = []
    for kind in kinds:
        some = [row for row in rows if (row["answer"], row.get("P"), row.get("patches")) == kind]
        table.append(
            {
                "answer": kind[0],
                "P": kind[1] or "–",
                "training patch": kind[2] or "–",
                "multiply–adds": f"{some[0]['multiply-adds']:,}" if "multiply-adds" in some[0] else "–",
                "margin": some[0].get("margin", "–"),
                "IoU": spread([row["IoU"] for row in some]),
                "with glows": spread([row["with glows"] for row in some]),
                "one image": spread([row["one image"] for row in some]),
            }
        )
    return table


def spread(values: list[float]) -> str:
    """Write mean ± standard deviation, or one value alone."""
    return f"{mean(values):.3f}" + (f" ± {stdev(values):.3f}" if len(values) > 1 else "")
