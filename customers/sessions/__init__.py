"""Anonymous sessions of the online shop: their import, their features, and who is probably behind one."""
