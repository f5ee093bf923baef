"""Train networks quickly: all data on the device, on a GPU one CUDA graph a network, several networks at a time."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segbook.models import FCN, EncoderDecoder, PatchClassifier, UNet
from segbook.models.layers import DoubleConv, Upsample, initialise

BATCH, WARM = 4, 3


class Shuffled(UNet):
    """A U-Net whose skips come from another image of the batch."""

    def _join(self, x: Tensor, skip: Tensor) -> Tensor:
        return super()._join(x, skip.roll(1, 0))


def unet(classes: int, *, width: int = 12, depth: int = 3, skips: str = "concat", shuffled: bool = False) -> nn.Module:
    """Build a padded U-Net, with or without skips."""
    return (Shuffled if shuffled else UNet)(1, classes, width=width, depth=depth, padding=True, skips=skips)


def narrow(classes: int, *, channels: int, width: int = 12, depth: int = 3) -> nn.Module:
    """Build an encoder–decoder whose bottleneck has the given number of channels."""
    model, above = EncoderDecoder(1, classes, width=width, depth=depth), width * 2 ** (depth - 1)
    model.bottleneck = DoubleConv(above, channels, padding=True)
    model.decoder[0][0] = Upsample(channels, above)
    return initialise(model)


def patches(classes: int, *, width: int = 12) -> nn.Module:
    """Build the patch classifier so that it answers for every pixel of a mirrored image."""
    model = PatchClassifier(1, classes, patch_size=29, width=width)
    return nn.Sequential(nn.ReflectionPad2d(model.patch_size // 2), model.dilated())


def fcn(classes: int, *, width: int = 12, depth: int = 5, stride: int = 8) -> nn.Module:
    """Build an FCN, unless told otherwise an FCN-8s."""
    return FCN(1, classes, width=width, depth=depth, stride=stride)


NETS: dict[str, Callable[..., nn.Module]] = {"unet": unet, "narrow": narrow, "patches": patches, "fcn": fcn}


def views(tensor: Tensor) -> Tensor:
    """Stack the eight turned and mirrored views of square scenes (N, H, W)."""
    turned = [torch.rot90(tensor, turns, (-2, -1)) for turns in range(4)]
    return torch.cat([view for turn in turned for view in (turn, turn.flip(-1))]).contiguous()


class Training:
    """One network on its way, a step at a time.

    Args:
        net: Name and settings of one of `NETS`.
        images: Grey levels (N, H, W), uint8.
        targets: Classes (N, H, W), uint8.
        weights: Weight of every pixel (N, H, W).
        rate: Learning rate of Adam.
        seed: Of the first weights and of the batches.
        labelled: Pixels of an image that have a label, on average; 0 for all.
        device: Where to train.
        graph: Whether a step is recorded once and replayed (on a GPU).
    """

    def __init__(
        self, net: dict, images: Tensor, targets: Tensor, weights: Tensor, *,
        rate: float, seed: int, steps: int, labelled: int = 0, device: torch.device, graph: bool = True,
    ):  # fmt: skip
        torch.manual_seed(seed)
        settings = dict(net)
        model = NETS[settings.pop("kind")](int(targets.max()) + 1, **settings)
        self.model = model.to(device, memory_format=torch.channels_last)
        self.data = [views(tensor).to(device) for tensor in (images, targets, weights)]
        generator = torch.Generator().manual_seed(seed)
        self.order = torch.randint(len(self.data[0]), (steps, BATCH), generator=generator).to(device)
        self.at = torch.zeros(1, dtype=torch.int64, device=device)
        self.share = labelled / images[0].numel()
        cuda = device.type == "cuda"
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=rate, fused=cuda, capturable=cuda)
        self.stream = torch.cuda.Stream() if cuda else None
        self.graph, self.wanted, self.done = None, graph and cuda, 0
        if cuda:
            torch.cuda.synchronize()

    def step(self) -> None:
        """Take the next step."""
        if self.stream is None:
            self._step()
        elif self.graph is None:
            with torch.cuda.stream(self.stream):
                self._step()
                if self.wanted and self.done == WARM:
                    self._record()
        else:
            with torch.cuda.stream(self.stream):
                self.graph.replay()
        self.done += 1

    @torch.no_grad()
    def probabilities(self, images: Tensor, *, swapped: bool = False, batch: int = 20) -> Tensor:
        """Give the probability of every class, (N, C, H, W), on the CPU; swapped, with skips of another image."""
        if swapped:
            self.model.__class__ = Shuffled
        if self.stream is not None:
            self.stream.synchronize()
        device = self.order.device
        shown = [_floats(some.to(device)) for some in images.split(batch)]
        answers = torch.cat([self.model(some).float().softmax(dim=1).cpu() for some in shown])
        if swapped:
            self.model.__class__ = UNet
        return answers

    def _step(self) -> None:
        chosen = self.order.index_select(0, self.at)[0]
        images, targets, weights = (view.index_select(0, chosen) for view in self.data)
        if self.share:
            weights = weights * (torch.rand_like(weights) < self.share) / self.share
        self.optimizer.zero_grad(set_to_none=True)
        charge = F.cross_entropy(self.model(_floats(images)), targets.long(), reduction="none")
        (weights * charge).mean().backward()
        self.optimizer.step()
        self.at += 1

    def _record(self) -> None:
        """Record a step on the GPU; nothing is computed. Where that fails, steps go on one by one."""
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph, stream=self.stream, capture_error_mode="thread_local"):
                self._step()
            self.graph = graph
        except RuntimeError as error:
            print(f"no graph: {error}", flush=True)
            self.wanted = False


def together(trainings: list[Training], marks: tuple[int, ...]) -> Iterator[int]:
    """Take steps in turns, and stop at each mark."""
    for before, mark in zip((0, *marks), marks, strict=False):
        for _ in range(mark - before):
            for training in trainings:
                training.step()
        yield mark


def _floats(images: Tensor) -> Tensor:
    return (images[:, None].float() / 255).contiguous(memory_format=torch.channels_last)
