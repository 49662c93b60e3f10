"""The report of a run: a static site from the catalog alone; no server, opens from a file."""
