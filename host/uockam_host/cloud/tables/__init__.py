"""What the orchestrator knows, one small repository for each kind of thing."""
