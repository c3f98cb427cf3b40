"""What makes a MicroPython board a uockam node; it may use what only boards have."""
