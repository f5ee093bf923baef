"""The exercises of chapter 9, weighted loss: one file each.

Two distances, the border term that they make, class weights, the weighted loss, and the count that it is all for.
"""

from segbook.exercises.chapter09 import border, classes, distances, loss, merged

EXERCISES = (distances.EXERCISE, border.EXERCISE, classes.EXERCISE, loss.EXERCISE, merged.EXERCISE)
