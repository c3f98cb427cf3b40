"""Identities and secure channels, byte-compatible with Ockam (docs/security.md)."""
