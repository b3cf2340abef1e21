"""A tester's report: one HTML page a clip, with everything inside it, of who was seen and why it was decided so."""
