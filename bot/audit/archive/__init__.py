"""Sealing the log: signed segments, checkpoints elsewhere, and what is let go when."""
