"""Weights on this machine: what there is to fetch, fetching it, and that it is still what first came."""
