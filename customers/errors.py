"""What can go wrong with the online shop's files, models and numbers, as one sentence that says what to do."""


class CustomersError(Exception):
    """Something that the user can mend; the message names the file, field or number and says what to do."""
