"""Modernizing for one command: what a person chose, one photograph after the other, and a picture that explains."""
