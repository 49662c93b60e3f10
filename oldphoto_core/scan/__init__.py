"""Scans on disk: reading them for what they are and writing them without loss, one local file at a time."""
