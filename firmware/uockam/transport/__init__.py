"""Links under a node: what carries the byte stream of a connection."""
