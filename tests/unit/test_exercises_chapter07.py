"""Chapter 7: references against torch, the book's formulas and its metrics."""

import numpy as np
import pytest
import torch
from answering import drawn
from torch.nn import functional as F

from segbook import metrics, models, shapes
from segbook.exercises import get


def test_the_legal_sizes_are_those_that_the_network_takes():
    for (limit,), options, sizes in drawn("7.1", seeds=5):
        legal = shapes.legal_input_sizes(limit, depth=options["depth"], padding=1)
        assert sizes.tolist() == [size for size in legal if size <= limit]
    model = models.EncoderDecoder(1, 2, width=1, depth=2)
    for size in range(1, 14):
        if size in get("7.1").solution(13, depth=2):
            assert model(torch.zeros(1, 1, size, 4)).shape[-2] == size
        else:
            with pytest.raises(ValueError, match="no legal input size"):
                model(torch.zeros(1, 1, size, 4))


def test_the_ledger_is_what_torch_returns():
    for (size,), options, ledger in drawn("7.2", seeds=5):
        x, sizes = torch.zeros(1, 1, size), [size]
        for _ in range(options["depth"]):
            x = F.max_pool1d(x, 2)
            sizes.append(x.shape[-1])
        for _ in range(options["depth"]):
            x = F.conv_transpose1d(x, torch.ones(1, 1, 2), stride=2)
            sizes.append(x.shape[-1])
        assert ledger.tolist() == sizes


def test_the_bilinear_reference_matches_torch():
    for (image,), _, doubled in drawn("7.3", seeds=5):
        expected = F.interpolate(torch.tensor(image)[None, None], scale_factor=2, mode="bilinear")[0, 0]
        np.testing.assert_allclose(doubled, expected.numpy(), atol=1e-12)


def test_the_boundary_reference_matches_the_metric():
    for masks, options, score in drawn("7.4", seeds=5):
        pred, truth = (torch.from_numpy(mask).long()[None] for mask in masks)
        counts = metrics.boundary_counts(pred, truth, num_classes=2, **options)
        assert score == pytest.approx(metrics.boundary_f_score(counts)[1].item())


def test_the_network_is_the_books_on_legal_sizes_and_keeps_every_size_of_its_ledger():
    for (image,), options, scores in drawn("7.5", seeds=5):
        model = models.EncoderDecoder(len(image), **options).double()
        for values in model.parameters():
            values.data = 0.4 * torch.arange(values.numel()).double().cos().reshape(values.shape)
        block = 2 ** options["depth"]
        rows, columns = (size % block for size in image.shape[1:])
        if rows or columns:
            with pytest.raises(ValueError, match="no legal input size"):
                model(torch.from_numpy(image)[None])
            assert scores.shape[1:] == (image.shape[1] - rows, image.shape[2] - columns)  # (7.1)
        else:
            expected = model(torch.from_numpy(image)[None])[0].detach().numpy()
            np.testing.assert_allclose(scores, expected, rtol=1e-9, atol=1e-9)


def test_the_answer_in_torch_has_the_ledgers_parameters():
    for (image,), options, _ in drawn("7.5"):
        num_classes, width, depth = options["num_classes"], options["width"], options["depth"]
        rows = shapes.unet_ledger(
            2**depth, in_channels=len(image), num_classes=num_classes, width=width, depth=depth, padding=1, skips=False
        )
        model = models.EncoderDecoder(len(image), num_classes, width=width, depth=depth)
        assert sum(row.parameters for row in rows) == sum(values.numel() for values in model.parameters())
