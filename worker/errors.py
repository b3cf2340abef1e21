"""What can go wrong with a camera, a video file, or what analyses an archive of them, as one sentence."""


class SourceError(Exception):
    """A camera or file gives no frames; the message names it and says what to do."""


class EngineError(Exception):
    """An archive cannot be analysed where it was to be; the message says why, and what to do."""
