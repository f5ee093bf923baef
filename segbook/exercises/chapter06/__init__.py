"""The exercises of chapter 6, transposed convolution: one file each.

A reference is the plain loop of the chapter. A misconception is, where it can be, the reference with one thing wrong.
"""

from segbook.exercises.chapter06 import matrix, output_padding, size, stamp, zero_insertion

EXERCISES = (matrix.EXERCISE, stamp.EXERCISE, size.EXERCISE, output_padding.EXERCISE, zero_insertion.EXERCISE)
