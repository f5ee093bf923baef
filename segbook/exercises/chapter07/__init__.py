"""The exercises of chapter 7, encoder–decoder: one file each."""
