"""Restoration without learning: filters, statistics, and what they can prove."""
