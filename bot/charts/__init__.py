"""A period's figures as a picture, as a caption and as a table."""
