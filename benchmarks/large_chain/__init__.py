"""What `benchmarks/chain.py` is made of: a chain's year is written, asked for figures, and told of visits."""
