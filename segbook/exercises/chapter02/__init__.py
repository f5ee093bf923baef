"""The exercises of chapter 2, problem definition: one file each.

From logits to probabilities, to the summed loss, to its gradient; and the score that imbalance does not fool.
"""

from segbook.exercises.chapter02 import cross_entropy, gradient, mean_iou, softmax

EXERCISES = (softmax.EXERCISE, cross_entropy.EXERCISE, gradient.EXERCISE, mean_iou.EXERCISE)
