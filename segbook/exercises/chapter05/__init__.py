"""The exercises of chapter 5, downsampling: one file each.

A reference is the plain loop of the chapter. A misconception is, where it can be, the reference with one thing wrong.
"""
