"""References as a night sees them: those of a folder or of a curated set, and which of them serve one photograph."""
