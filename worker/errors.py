"""What can go wrong with a camera or a video file, as one sentence."""


class SourceError(Exception):
    """A camera or file gives no frames; the message names it and says what to do."""
