"""A generated shop: customers and sessions who never lived, for first steps and for tests."""
