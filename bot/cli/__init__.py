"""The command line's commands, imported only when called: `--help` loads none of them."""
