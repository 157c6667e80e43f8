"""Understanding under random and coverage-guided input: `python -m tests.fuzz --help`."""
