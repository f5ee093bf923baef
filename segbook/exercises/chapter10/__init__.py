"""The exercises of chapter 10, comparing models: one file each.

Where a network errs, whether one is better than another on the same seeds, and which of several are worth having.
"""
