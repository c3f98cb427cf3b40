"""Links that only a computer has."""
