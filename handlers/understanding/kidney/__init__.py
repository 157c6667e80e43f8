"""Kidney function and dialysis: the value of now, or none."""
