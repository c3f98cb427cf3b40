"""Installing uockam on a board for a command that needs it there."""

import sys
from functools import partial

from ...device import bundle, copier
from ...device.install import Installed, Wanted, install
from ...errors import NoRuntime
from ...node.owning import owner
from ..options import confirm
from ..output import Output, is_terminal
from ..progress import progress
from .options import say_yes


def install_anyway(output: Output, port: str, yes: bool, missing: NoRuntime) -> Installed:
    """Install on the board at a port, after a yes at the terminal or by --yes. Raises `missing` without either."""
    if not yes:
        if not is_terminal(sys.stdin):
            raise missing
        confirm(f"{missing}. Install it?", missing.remedy)
    return install(
        port, copier.AUTO, bundle.AUTO, Wanted(owner=owner()), partial(say_yes, yes), partial(progress, output)
    )
