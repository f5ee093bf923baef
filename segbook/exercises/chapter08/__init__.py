"""The exercises of chapter 8, U-Net: one file each."""

from segbook.exercises.chapter08 import crop, parameters, sizes, tiles

EXERCISES = (crop.EXERCISE, sizes.EXERCISE, parameters.EXERCISE, tiles.EXERCISE)
