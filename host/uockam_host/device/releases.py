"""Releases of MicroPython that its official files can be named for; a new one is a line more."""

RELEASES = {
    "1.22.0": "20231227",
    "1.22.1": "20240105",
    "1.22.2": "20240222",
    "1.23.0": "20240602",
    "1.24.0": "20241025",
    "1.24.1": "20241129",
    "1.25.0": "20250415",
    "1.26.0": "20250809",
    "1.26.1": "20250911",
    "1.27.0": "20251209",
    "1.28.0": "20260406",
    "1.29.0": "20260824",
}  # version of MicroPython: the date in the names of its files
NEWEST = list(RELEASES)[-1]
