"""Proving the log: `verify`, and what it holds against what."""
