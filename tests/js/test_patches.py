"""The figure of chapter 3 counts what brute force counts, and multiplies as segbook.shapes and torch do."""

import numpy as np
import torch
from node import run_in_node
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from segbook import shapes


def counts() -> list[dict]:
    """How many patches contain each pixel: every patch of every pixel, one by one."""
    vectors = []
    for size in range(1, 20):
        for patch_size in range(1, 14, 2):
            reach, found, centres = patch_size // 2, [0] * size, [[] for _ in range(size)]
            for centre in range(size):
                for place in range(centre - reach, centre + reach + 1):
                    if 0 <= place < size:
                        found[place] += 1
                        centres[place].append(centre)
            vectors.append({"size": size, "patchSize": patch_size, "counts": found,
                            "centres": [[min(c), max(c)] for c in centres]})  # fmt: skip
    return vectors


def costs() -> list[dict]:
    """Multiply–adds by the formulas of segbook.shapes; the smaller ones counted by torch while it computes."""
    vectors = []
    for size, patch_size, kernel_size, channels in np.ndindex(12, 6, 4, 3):
        image, patch, kernel, out = (
            int(size) * 5 + 2,
            int(patch_size) * 2 + 5,
            int(kernel_size) + 1,
            int(channels) * 7 + 1,
        )
        layer = {"patchSize": patch, "kernelSize": kernel, "inChannels": 1 + channels, "outChannels": out}
        cost = [
            shapes.conv_multiply_adds(1 + int(channels), out, kernel, output_size=output)
            for output in (patch - kernel + 1, image + patch - kernel)
        ]
        if image < 20:
            with FlopCounterMode(display=False) as counter:
                F.conv2d(
                    torch.zeros(1, 1 + channels, image + patch - 1, image + patch - 1),
                    torch.zeros(out, 1 + channels, kernel, kernel),
                )
            assert counter.get_total_flops() // 2 == cost[1]
        vectors.append({"size": image, "layer": {name: int(value) for name, value in layer.items()},
                        "patches": image**2 * cost[0], "onePass": cost[1]})  # fmt: skip
    return vectors


def test_javascript_counts_what_brute_force_counts(tmp_path):
    run_in_node("patches.test.mjs", {"counts": counts(), "costs": costs()}, tmp_path)
