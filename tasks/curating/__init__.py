"""Curated sets of references: built from a folder, kept up with it, committed like a run, listed."""
