"""The commands by name. A noun's file is imported only when its command is run or completed."""

import click

from .lazy import LazyGroup

_NOUNS = {
    "node": "node:node",
    "worker": "worker:worker",
    "service": "service:service",
    "message": "message:message",
    "mailbox": "mailbox:mailbox",
    "device": "device:device",
    "up": "up:up",
    "tcp-listener": "tcp_listener:tcp_listener",
    "tcp-connection": "tcp_connection:tcp_connection",
    "identity": "identity:identity",
    "vault": "vault:vault",
    "secure-channel": "secure_channel:secure_channel",
    "secure-channel-listener": "secure_channel_listener:secure_channel_listener",
    "relay": "relay:relay",
    "route": "route:route",
    "enroll": "enroll:enroll",
    "space": "space:space",
    "project": "project:project",
    "project-member": "project_member:project_member",
    "orchestrator": "orchestrator:orchestrator",
    "status": "status:status",
    "reset": "reset:reset",
    "completion": "completion:completion",
    "version": "version:version",
}


@click.group(cls=LazyGroup, package=__package__, places=_NOUNS)
def root() -> None:
    """Ockam nodes and workers on this machine and on microcontrollers.

    \b
    Examples:
      uockam node create n1
      uockam message send hello --to /node/n1/service/uppercase
      uockam node create pico1 --port /dev/ttyACM0
    """
