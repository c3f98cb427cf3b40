"""Signing in: who the person behind a new machine is, by an account kept here or at an OpenID Connect provider."""
