"""What can go wrong in vision, as one sentence for the user."""


class DetectorError(Exception):
    """The face detector cannot be started; the message says what to install."""


class PictureError(Exception):
    """A photo cannot be read; the message names the file and says what is wrong with it."""


class TrainingError(Exception):
    """A training cannot go on; the message names the file or folder and says what to do."""
