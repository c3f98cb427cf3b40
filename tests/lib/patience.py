"""How long a test waits for what always comes, however slow the machine. Nothing is asserted about how long it took."""

import os

_TIMES = float(os.environ.get("UOCKAM_PATIENCE", "1"))  # on a machine that is slower than any

PATIENCE_S = 60 * _TIMES
PATIENCE_MS = round(1000 * PATIENCE_S)
TEST_S = 5 * PATIENCE_S  # a test that takes longer hangs
EMULATED_S = 30 * PATIENCE_S  # the same, where a board is emulated
