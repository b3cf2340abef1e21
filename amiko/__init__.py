"""The front door: command line, configuration, and the processes put together."""
