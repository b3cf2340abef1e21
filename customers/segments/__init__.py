"""Which customers belong together, how they differ from the rest, what they are worth, and what to offer them."""
