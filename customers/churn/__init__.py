"""Which regular customers are about to buy less, how sure that is, and why."""
