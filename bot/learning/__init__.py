"""How routing learns from what assistants say, and what managers are told of that."""
