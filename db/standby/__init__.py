"""What a shop keeps of itself on its own machine, for the time that it is cut off, and how that finds back.

The local database is an ordinary one of ours, a SQLite file with one shop. Its people have the numbers that they have
in the chain's database, its visits the ids that they will have there.
"""
