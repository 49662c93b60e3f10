"""Review servers in tests: a real one on a free port, and somebody who visits it."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pandas as pd
from nights import settings
from review_desks import Desk

from tasks.review.desk import ReviewDesk
from tasks.review.serving import ReviewServer, ServerRequest, bind


@dataclass(frozen=True)
class Visit:
    """A running server and somebody who visits it."""

    client: httpx.Client
    desk: Desk
    server: ReviewServer

    def page_of(self, key: str, page: int | None = None) -> str:
        result = self.desk.result(key, page)
        return f"/reports/{result.asset.run_id}/photograph/{result.asset_id}.html"

    def form(self, key: str, **changes: Any) -> dict[str, Any]:
        html = self.client.get(self.page_of(key)).raise_for_status().text
        hidden = dict(
            re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', html.split("/review/decide")[1])
        )
        return {**hidden, **changes}

    def decide(self, key: str, decision: str, **changes: Any) -> httpx.Response:
        return self.client.post("/review/decide", data=self.form(key, decision=decision, **changes))

    def rows(self) -> list[dict[str, Any]]:
        paths = sorted((self.desk.out / "catalogs" / "reviews").rglob("*.parquet"))
        return pd.concat([pd.read_parquet(path) for path in paths]).to_dict("records") if paths else []


@contextmanager
def served(desk: Desk, **asked: Any) -> Iterator[Visit]:
    record_after = asked.pop("record_after_s", 0.0)
    request = ServerRequest(**{"reviewer": "Ada", **asked})
    with bind("127.0.0.1", 0) as bound:
        own = ReviewDesk(desk.store, settings(desk.root / "work"), record_after_s=record_after)
        server = ReviewServer(own, request, bound)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=60) as client:
                yield Visit(client, desk, server)
        finally:
            server.should_exit = True
            thread.join()
