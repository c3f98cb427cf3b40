"""The client side of cloud projects: light, and imported by commands."""
