"""The views of ``views.sql``, ready to run in DuckDB on a copy of the catalog.

DuckDB refuses a view over files that do not exist, and tables appear only when a run writes them. So the file is kept
in sections, each headed by the tables it needs, and a reader gets the sections whose tables are all there.
"""

from collections.abc import Collection
from pathlib import Path

MARK = "-- table: "


def views_sql(tables: Collection[str]) -> str:
    """Return the statements that create the views of these tables; run them in the folder that holds ``catalogs/``.

    Examples:
        >>> "VIEW current_assets" in views_sql({"assets"}), "VIEW runs" in views_sql({"assets"})
        (True, False)
    """
    head, *sections = Path(__file__).with_name("views.sql").read_text("utf-8").split(MARK)
    chosen = [section for section in sections if set(section.split("\n", 1)[0].split()) <= set(tables)]
    return head + "".join(f"{MARK}{section}" for section in chosen)
