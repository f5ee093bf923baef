"""The exercises of chapter 1, tasks: one file each.

A case is a small map of ids. A misconception is, where it can be, the reference with one thing wrong.
"""
