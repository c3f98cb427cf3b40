"""What is frozen into the firmware: what the port has itself, asyncio, uockam, and the start files that run it."""

freeze("$(PORT_DIR)/modules")  # noqa: F821
include("$(MPY_DIR)/extmod/asyncio")  # noqa: F821
include("../../firmware/manifest.py")  # noqa: F821
freeze("frozen")  # noqa: F821
