"""Faces in a frame, and three networks that read age, gender and attire from them. Arrays in, dataclasses out."""
