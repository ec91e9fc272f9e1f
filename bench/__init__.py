"""What a message costs and how long it takes, end to end, with every process's CPU counted. See README.md."""
