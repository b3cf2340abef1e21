"""The two ways to run the networks: OpenVINO (fast to start, for CPUs) and PyTorch (for CUDA)."""
