"""`uockam device`: boards, from finding them to mending them. Each verb is in a file of its own."""

import click

from ..lazy import LazyGroup

VERBS = {
    "list": "list:list_",
    "flash": "flash:flash",
    "install": "install:install",
    "config": "config:config",
    "enroll": "enroll:enroll",
    "remove": "remove:remove",
    "run": "run:run",
    "console": "console:console",
    "logs": "logs:logs",
    "reset": "reset:reset",
    "info": "info:info",
    "files": "files:files",
    "update": "update:update",
    "image": "image:image",
    "doctor": "doctor:doctor",
}


@click.group(cls=LazyGroup, package=__package__, places=VERBS)
def device() -> None:
    """Find, flash, install, update and mend boards.

    \b
    Examples:
      uockam device list
      uockam device doctor
    """
