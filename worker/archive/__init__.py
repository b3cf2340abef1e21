"""Archives of recordings: listed, and analysed file by file on this machine's cores or on a Ray cluster."""
