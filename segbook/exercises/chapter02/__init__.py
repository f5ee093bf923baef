"""The exercises of chapter 2, problem definition: one file each.

From logits to probabilities, to the summed loss, to its gradient; and the score that imbalance does not fool.
"""
