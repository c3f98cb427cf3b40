"""What an official MicroPython has frozen into it: what the port has itself, and asyncio."""

freeze("$(PORT_DIR)/modules")  # noqa: F821
include("$(MPY_DIR)/extmod/asyncio")  # noqa: F821
