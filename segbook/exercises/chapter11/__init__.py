"""The exercises of chapter 11, real images: one file each.

Does a split leak, equal contrast for every image, a table of objects, and one that has no single right answer: from a
network's probabilities to nuclei, as well as you can.
"""
