"""The error that a user can do something about: one sentence, no traceback."""


class AmikoError(Exception):
    """Something that the user can mend; the message names it and says what to do."""
