"""Cameras and video files in, visits out."""
