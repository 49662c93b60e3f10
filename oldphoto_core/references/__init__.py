"""Curated reference photographs: fit to be one, described by their regions, found for a photograph among thousands."""
