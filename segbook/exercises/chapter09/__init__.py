"""The exercises of chapter 9, weighted loss: one file each.

Two distances, the border term that they make, class weights, the weighted loss, and the count that it is all for.
"""
