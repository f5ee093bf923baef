"""The exercises of chapter 8, U-Net: one file each."""
