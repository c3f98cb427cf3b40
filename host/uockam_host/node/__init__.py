"""Node processes on this machine: starting, stopping and asking them."""
