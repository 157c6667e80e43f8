"""Who may ask now: duplicates and limits in one script."""
