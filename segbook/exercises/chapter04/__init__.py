"""The exercises of chapter 4, fully convolutional networks: one file each."""
