"""What the portable tests share; the same on CPython, on MicroPython and on a board."""
