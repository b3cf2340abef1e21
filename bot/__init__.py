"""The Telegram bot that assistants and managers talk to."""
