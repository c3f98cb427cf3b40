"""Words of a board's console, for both of its ends (docs/services.md, `_console`).

The first byte of a payload says what it is.

    w               watch: text comes to the return route of this message from now on
    k KEYS          type; after a Ctrl-C, or at the prompt, the board is left to whoever types until he leaves
    h               hold: say nothing to the board until it speaks, since it is about to be too busy to read
    l               leave: watch no more; the board's node is started again if nobody else types
    to watchers:
    t TEXT          bytes that the board printed
    s REASON        whether the board's node answers: empty, or why not; at first, and when it changes
    f REASON        the same, as the answer to `l`
"""

CONSOLE = "_console"
WATCH, KEYS, HOLD, LEAVE, TEXT, STATE, FAREWELL = b"w", b"k", b"h", b"l", b"t", b"s", b"f"
