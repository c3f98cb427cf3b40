"""`uockam message`: send a message along a route and print the reply."""

from typing import Any

import click

from uockam.bare import decode_bytes
from uockam.errors import ProtocolError
from uockam.message import text_payload

from ..errors import HostError, InvalidArgument
from ..node import control
from .options import Group, complete_node, duration_ms, identity_option, route
from .output import Output
from .storing import keep, store_options


@click.group(cls=Group)
def message() -> None:
    """Send messages to workers and services.

    \b
    Example:
      uockam message send hello --to /node/n1/service/uppercase
    """


@message.command()
@click.argument("text")
@click.option(
    "-t", "--to", metavar="ROUTE", required=True, callback=route, help="Where to; `-` is the first line of stdin."
)
@click.option("-f", "--from", "from_node", metavar="NODE", shell_complete=complete_node, help="Node that sends it.")
@click.option(
    "--timeout", metavar="DURATION", default="10s", show_default=True, callback=duration_ms, help="For the reply."
)
@identity_option("Who to be at the other end of /secure; the default identity when missing.")
@click.option("--hex", "as_hex", is_flag=True, help="TEXT is hex of the payload, and so is what is printed.")
@store_options
@click.pass_obj
def send(
    output: Output,
    /,
    text: str,
    to: str,
    from_node: str | None,
    timeout: int,
    identity: str | None,
    as_hex: bool,
    **storing: Any,
) -> None:
    """Send TEXT along a route and print the reply.

    Where the route says /secure/api, a secure channel is made to the listener `api`, and what comes after it is
    encrypted up to there. It begins in this command, or at the node that --from names.

    With --store, the project keeps the message for a device that may be away: sealed here, read there only.

    \b
    Examples:
      uockam message send hello --to /node/n1/service/uppercase
      uockam message send hello --to /node/n1/secure/api/service/uppercase
      uockam message send hello --to /device/pico1/service/uppercase
      uockam message send hello --to /dnsaddr/localhost/tcp/4000/service/echo --timeout 2s
      uockam message send 0568656c6c6f --hex --to /node/n1/service/echo
      uockam message send on --store --to /device/pico1/service/led
      uockam tcp-connection create --from n1 --to 127.0.0.1:4000 |
        uockam message send hello --from n1 --to -/service/uppercase
    """
    encode, decode = (_from_hex, bytes.hex) if as_hex else (_from_text, _to_text)
    if storing["store"]:
        return keep(output, to, encode(text), from_node, identity, storing)
    output.progress(f"Sending to {to}, and waiting {timeout} ms for the reply...")
    payload = encode(text)
    reply = decode(control.send_message(to, payload, from_node=from_node, identity=identity, timeout_ms=timeout))
    return output.reply(reply, {"reply": reply})


def _from_hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise InvalidArgument("The message is not a valid hex string", "Write two hex digits for each byte") from error


def _from_text(text: str) -> bytes:
    try:
        return text_payload(text.encode())
    except UnicodeEncodeError as error:
        raise InvalidArgument("The message is not valid UTF-8 text", "Send other bytes with --hex") from error


def _to_text(payload: bytes) -> str:
    try:
        return decode_bytes(payload).decode()
    except (ProtocolError, UnicodeDecodeError) as error:
        raise HostError("Received content is not a valid utf8 string", "Send it with --hex to see the bytes") from error
