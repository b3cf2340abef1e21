"""The online shop: churn, segments and offers, and who is behind a session."""
