"""Whom a message is about: adults, children, pregnancy, animals."""
