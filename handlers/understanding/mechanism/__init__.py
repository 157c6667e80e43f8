"""Mechanisms of a message: present, absent, awaited, doubtful, or of somebody else."""
