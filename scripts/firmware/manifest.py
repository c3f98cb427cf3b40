"""What is frozen into the firmware: what an official one has, uockam, and the start files that run it."""

include("plain.py")  # noqa: F821
include("../../firmware/manifest.py")  # noqa: F821
freeze("frozen")  # noqa: F821
