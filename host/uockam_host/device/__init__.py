"""Boards as this computer sees them."""
