"""Tampering with a sealed log, kind by kind and place by place: every one must be found, where it is."""
