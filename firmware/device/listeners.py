"""Where the board takes secure channels: at `api`, and where the setting `listeners` says.

What the owner asks about them is in listening.py, which is loaded when he does.
"""

from uockam import api

from . import config, services

API = "api"


def configured() -> "dict[str, object]":
    """Address to the identifiers, as text, of those who may make channels there; None for everybody."""
    return config.load().get("listeners", {})


async def start(node: object) -> None:
    """Take channels from now on; what the setting has wrong is told about and left out."""
    await node.start_worker(API, services.Later(node, API))
    for name, authorized in configured().items():
        from .listening import begin

        try:
            await begin(node, name, authorized)
        except Exception as error:
            print("uockam: %s: the listener '%s' is left out: %s" % (config.PATH, name, error))


def table(node: object) -> "tuple[tuple[int, str, object], ...]":
    """Rows for the management service."""
    return (
        (api.GET, "node/secure_channel_listener", _later(node, "tell_all")),
        (api.GET, "node/show_secure_channel_listener", _later(node, "tell")),
        (api.POST, "node/secure_channel_listener", _later(node, "create")),
        (api.DELETE, "node/secure_channel_listener", _later(node, "delete")),
    )


def _later(node: object, name: str) -> object:
    async def handle(parts: "list[str]", body: object) -> object:
        from . import listening

        return await getattr(listening, name)(node, body)

    return handle
