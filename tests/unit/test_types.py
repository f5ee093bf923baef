"""Tests call segbook with its types checked, and with its shapes and dtypes where it names any (the root's conftest.py)."""

import pytest
import torch
from beartype.roar import BeartypeCallHintParamViolation
from jaxtyping import TypeCheckError

from segbook import ops, shapes
from segbook.exercises import get


@pytest.mark.parametrize("call", [lambda: shapes.conv_output_size("3", 1), lambda: get(6)])
def test_a_wrong_type_is_refused(call):
    with pytest.raises(BeartypeCallHintParamViolation):
        call()


def test_axes_of_one_name_have_one_length():
    logits, labels = torch.zeros(1, 2, 3, 4), torch.zeros(1, 3, 5, dtype=torch.int64)
    with pytest.raises(TypeCheckError, match="labels"):
        ops.pixel_cross_entropy(logits, labels)


def test_a_dtype_that_is_not_named_is_refused():
    with pytest.raises(TypeCheckError, match="logits"):
        ops.softmax(torch.zeros(1, 2, dtype=torch.int64))
