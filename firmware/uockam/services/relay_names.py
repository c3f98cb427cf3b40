"""What both ends of a relay call things (wire.md 6): boards have one end only."""

STATIC = "static_forwarding_service"
EPHEMERAL = "forwarding_service"
PREFIX = "forward_to_"
ANY_NAME = "register"  # what asks for a random name
