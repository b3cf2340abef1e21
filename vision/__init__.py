"""Faces in a frame, and three networks that read age, gender and attire from them. Arrays in, dataclasses out."""

import sys

# Importing OpenVINO tells Google Analytics of it, with a number kept in ~/intel; without this package it tells nobody.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
