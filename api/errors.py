"""What can keep the service from starting, or from answering."""

from __future__ import annotations


class ApiError(Exception):
    """The service cannot start; the message says why and what to do."""


class NotReadyError(Exception):
    """What was asked for has not been prepared yet; the message says which command does that."""
