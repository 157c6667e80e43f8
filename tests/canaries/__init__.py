"""Notes with patient data of nobody, through every surface; then every file and message is searched for it."""
