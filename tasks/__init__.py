"""One module per step of the work; each task is a thin wrapper over a pure function."""
