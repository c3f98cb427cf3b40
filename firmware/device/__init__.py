"""What makes a MicroPython board a uockam node; it may use what only boards have."""

on_trial = False  # start/boot.py sets it for a version that runs once, until somebody has found it well
