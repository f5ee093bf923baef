"""The exercises of chapter 3, the patch-based approach: one file each."""

from segbook.exercises.chapter03 import cost, counts, patch

EXERCISES = (patch.EXERCISE, counts.EXERCISE, cost.EXERCISE)
