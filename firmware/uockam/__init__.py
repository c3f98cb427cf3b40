"""uockam: Ockam nodes and workers, the same on MicroPython and CPython.

Names are loaded when they are first used, so that a program pays for no more than it imports.
"""

__version__ = "0.1.0"

_HOMES = {
    "Address": "address",
    "Connection": "transport.connection",
    "Context": "worker",
    "Message": "message",
    "Node": "node",
    "Supervisor": "supervisor",
    "Tcp": "transport.tcp",
    "Worker": "worker",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        return _submodule(name)
    value = getattr(__import__(home, globals(), None, (name,), 1), name)
    globals()[name] = value
    return value


def _submodule(name: str) -> object:
    """What `from uockam import name` means for a module: MicroPython asks __getattr__ before it looks for one."""
    if name[:1] != "_":
        try:
            return __import__("uockam." + name, None, None, ("__name__",))
        except ImportError as error:
            if "'uockam.%s'" % name not in str(error):  # the module is there, and lacks something itself
                raise
    raise AttributeError(name)
