"""What runs, in reading order: the nightly flow, its deployments, the command line."""
