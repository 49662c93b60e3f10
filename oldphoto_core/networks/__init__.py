"""Architectures, sealed from one another: those of the papers, and how their checkpoints are read and run."""
