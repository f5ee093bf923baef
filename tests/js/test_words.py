"""A figure writes a number as Python does, also one that lies halfway between two."""

import random

from node import run_in_node


def test_numbers_are_rounded_as_in_python(tmp_path):
    rng, values = random.Random(0), [0.0, -0.0, 0.5, 1.5, 2.5, 0.045, 1.005, 2.675, -0.125, -0.004]
    values += [n / 2**k for k in range(1, 6) for n in range(-40, 41)]
    values += [rng.uniform(-3, 3) for _ in range(500)] + [rng.randrange(2000) / 1000 for _ in range(500)]
    numbers = []
    for value in values:
        for digits in range(4):
            text = f"{value:.{digits}f}"
            numbers.append([value, digits, text.lstrip("-") if not float(text) else text.replace("-", "−")])
    run_in_node("words.test.mjs", {"numbers": numbers}, tmp_path)
