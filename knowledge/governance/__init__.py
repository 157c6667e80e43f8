"""What makes content fit for use: faults, coverage, changes between editions, and who has signed it off."""
