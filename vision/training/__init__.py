"""Training the three networks, and measuring them. Needs the `train` extra; serving never imports it."""
