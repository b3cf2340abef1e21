"""The shop's customer files: read in either csv dialect, mended where that is safe, doubted where it is not."""
