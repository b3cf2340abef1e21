"""The bot that serves a shop on its own machine while that is cut off: the ordinary one, on the local database."""
