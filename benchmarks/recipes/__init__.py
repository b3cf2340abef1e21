"""What benchmarks/pipeline.py sets side by side; each recipe runs in a process of its own and prints its figures."""
