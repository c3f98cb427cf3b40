"""What survives a command: the folder of this user, and a SQLite file in it."""
