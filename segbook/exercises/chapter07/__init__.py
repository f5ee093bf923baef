"""The exercises of chapter 7, encoder–decoder: one file each."""

from segbook.exercises.chapter07 import bilinear, boundary, ledger, legal

EXERCISES = (legal.EXERCISE, ledger.EXERCISE, bilinear.EXERCISE, boundary.EXERCISE)
