"""The texts of notices: one module per concern, one renderer per kind."""
