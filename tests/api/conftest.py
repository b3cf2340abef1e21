"""Fixtures of the service's tests."""

from __future__ import annotations

from tests.e2e.conftest import amiko

__all__ = ["amiko"]
