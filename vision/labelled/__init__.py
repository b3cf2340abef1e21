"""Labelled pictures on disk, for training and for measuring."""
