"""What a client of the sign-in is told when it fails."""


class OAuthError(Exception):
    """An answer in the words of RFC 6749 5.2 and RFC 8628 3.5: `error`, `error_description`, and the HTTP status."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status
