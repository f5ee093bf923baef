"""The scripts here print verdicts as they run: they are no modules to look for doctests in."""

collect_ignore = ["library"]
