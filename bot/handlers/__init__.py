"""What the bot does when somebody writes or presses, one module per concern."""
