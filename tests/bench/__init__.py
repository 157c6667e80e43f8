"""Ratios, measured side by side in one run: `python -m tests.bench.path`, `.parts` and the others. Never a test."""
