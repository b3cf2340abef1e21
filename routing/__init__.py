"""A visitor's traits in, a probability for each department out."""
