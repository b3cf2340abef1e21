"""Measuring the networks on labelled pictures that they were not trained on."""
