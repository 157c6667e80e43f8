"""Whether the audit log keeps its word when things die: `python -m tests.faults --help`."""
