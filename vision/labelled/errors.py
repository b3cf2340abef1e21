"""What can go wrong with labelled pictures, as one sentence."""


class DataError(ValueError):
    """A data set cannot be read; the message names it and says what is wrong."""
