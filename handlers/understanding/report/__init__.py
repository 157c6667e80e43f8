"""Susceptibility reports: which antimicrobials are reported, of which isolate, and how."""
