"""What the bot tells managers of the online shop: churn, segments with their offers, and anonymous sessions."""
