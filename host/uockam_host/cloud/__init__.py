"""The orchestrator: accounts, projects and the nodes that stand for them, for whoever runs a cloud of their own."""
