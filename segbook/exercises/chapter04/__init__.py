"""The exercises of chapter 4, fully convolutional networks: one file each."""

from segbook.exercises.chapter04 import dense_layer, pointwise, stitching, window

EXERCISES = (dense_layer.EXERCISE, pointwise.EXERCISE, window.EXERCISE, stitching.EXERCISE)
