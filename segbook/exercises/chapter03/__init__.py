"""The exercises of chapter 3, the patch-based approach: one file each."""
