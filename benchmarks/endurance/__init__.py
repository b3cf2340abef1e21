"""What the benchmarks of a running worker share: cameras that play a film, and what its processes cost."""
