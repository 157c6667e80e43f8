"""Writing the log: places in the chain, the spool on this host's disk, the way to Redis."""
