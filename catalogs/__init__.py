"""The Parquet catalogs: what a row means, and how rows are kept."""
