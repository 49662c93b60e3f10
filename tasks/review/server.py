"""The review server: the report's pages, live, with a form to decide by. It writes decisions and nothing else."""

import re
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from catalogs.errors import CatalogError
from tasks.layout import report_path
from tasks.report.links import photo_path
from tasks.report.site import Site, environment
from tasks.report.writing import STATIC, static_file
from tasks.review.decisions import NOTE_SIGNS, Decision, RefusedError, decision_of
from tasks.review.desk import ReviewDesk, Standing
from tasks.review.guard import COOKIE, HEADERS, MOST_FORM_BYTES, BadFormError, Guard, read_form
from tasks.review.wishes import LEAVABLE, wish_of
from tasks.storage import ObjectMissingError, StoreError

TEMPLATES = {"photo": "review_photo.html.jinja", "list": "review_list.html.jinja", "queue": "review_queue.html.jinja"}
OWN_FILES = {"review.js": "text/javascript; charset=utf-8", "review.css": "text/css; charset=utf-8"}
MEDIA_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".json": "application/json", ".tif": "image/tiff"}
PICTURE = re.compile(r"(before|after|small/before|small/after)/[0-9a-f]{64}(-p\d+)?\.jpg")
PHOTO = re.compile(r"photograph/([0-9a-f]{64}(?:-p\d+)?)\.html")
LIST = re.compile(r"(photographs/[a-z-]+?|copies|quarantine)(?:-(\d{1,6}))?\.html")
WRONG_TOKEN_S = 1.0
"""How long the answer to a wrong token takes, in seconds: guessing is no use."""


@dataclass(frozen=True, kw_only=True)
class ReviewApp:
    """What answers the requests of one server."""

    desk: ReviewDesk
    """The output under review."""

    guard: Guard
    """Who may ask."""

    reviewer: str
    """Who decides."""

    def app(self) -> Starlette:
        """Return the application for an ASGI server."""
        return Starlette(
            routes=[
                Route("/", self.first, methods=["GET"]),
                Route("/login", self.login_page, methods=["GET"]),
                Route("/login", self.login, methods=["POST"]),
                Route("/review/decide", self.decide, methods=["POST"]),
                Route("/review/record", self.record, methods=["POST"]),
                Route("/review/{name}", self.own_file, methods=["GET"]),
                Route("/reports/{run}/{path:path}", self.report, methods=["GET"]),
                Route("/derivatives/{path:path}", self.derivative, methods=["GET"]),
            ],
            middleware=[Middleware(BaseHTTPMiddleware, dispatch=self.checked)],
            exception_handlers={
                CatalogError: self.not_found,
                StoreError: self.no_answer,
                BadFormError: lambda _, error: PlainTextResponse(str(error), 413),
            },
        )

    async def checked(self, request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        """Answer only what was sent to us, by whom we let in, from a page of ours; and say how to treat the answer."""
        response = self._objection(request) or await answer(request)
        for name, value in HEADERS.items():
            response.headers[name] = value
        return response

    def _objection(self, request: Request) -> Response | None:
        if not self.guard.knows_host(request.headers.get("host")):
            return PlainTextResponse("This server does not answer under that name.", 421)
        if request.method == "POST" and not self.guard.knows_origin(request.headers):
            return PlainTextResponse("The form was sent from a page of another site.", 403)
        if request.url.path != "/login" and not self.guard.lets_in(request.cookies.get(COOKIE)):
            return (
                RedirectResponse("/login", 303) if request.method == "GET" else PlainTextResponse("Log in first.", 401)
            )
        return None

    def not_found(self, request: Request, error: Exception) -> Response:
        """Answer that there is no such page."""
        del request
        return PlainTextResponse(str(error), 404)

    def no_answer(self, request: Request, error: Exception) -> Response:
        """Answer that the store does not."""
        del request
        return PlainTextResponse(f"The store does not answer: {error}", 503)

    # ------------------------------------------------------------------ pages
    def first(self, request: Request) -> Response:
        """Lead to what waits for review."""
        del request
        night = self.desk.standing().newest_night
        if night is None:
            raise CatalogError("the catalog has no night yet: there is nothing to review")
        return RedirectResponse(f"/{report_path(night, 'queue.html')}", 303)

    def report(self, request: Request) -> Response:
        """Answer a file of a night's report: its pages live, its pictures from the store."""
        run, path = request.path_params["run"], request.path_params["path"]
        if path in STATIC:
            return Response(static_file(path), media_type=STATIC[path])
        if PICTURE.fullmatch(path):
            return self._stored(report_path(self.desk.site(run).run_id, path), "image/jpeg")
        return self._page(request, self.desk.site(run), path)

    def _page(self, request: Request, site: Site, path: str, **more: Any) -> Response:  # noqa: ANN401 - for the template
        standing = self.desk.standing()
        session = self.guard.session(request.cookies.get(COOKIE))
        cookie = None if session else self.guard.new_session()
        session = session or self.guard.session(cookie) or ""
        values = {
            "standing": standing,
            "review": self,
            "form_token": self.guard.form_token(session),
            "message": self.desk.message,
            "page_of": page_of(standing),
            "leavable": LEAVABLE,
            "note_signs": NOTE_SIGNS,
            "problem": "",
            "said": {},
        }
        html = _rendered(site, path, values | more)
        response = HTMLResponse(html, more.get("status", 200))
        if cookie is not None:
            self._set_cookie(response, cookie)
        return response

    def own_file(self, request: Request) -> Response:
        """Answer a file of the review pages themselves."""
        name = request.path_params["name"]
        if name not in OWN_FILES:
            raise HTTPException(404)
        return Response(files("tasks").joinpath("templates", name).read_bytes(), media_type=OWN_FILES[name])

    def derivative(self, request: Request) -> Response:
        """Answer a file that stands by the catalog's rows; nothing else can be asked for."""
        path = f"derivatives/{request.path_params['path']}"
        if path not in self.desk.standing().paths:
            raise HTTPException(404)
        suffix = path[path.rindex(".") :]
        return self._stored(path, MEDIA_TYPES.get(suffix, "application/octet-stream"), saved=suffix == ".tif")

    def _stored(self, key: str, media_type: str, *, saved: bool = False) -> Response:
        try:
            info = self.desk.store.head(key)
        except ObjectMissingError:
            raise HTTPException(404) from None
        headers = {"Content-Length": str(info.size)}
        if saved:
            headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(key.rpartition('/')[2])}"
        return StreamingResponse(self._chunks(key, info.etag), media_type=media_type, headers=headers)

    def _chunks(self, key: str, etag: str) -> Iterator[bytes]:
        yield from self.desk.store.chunks(key, etag=etag)

    # ------------------------------------------------------------------ forms
    async def decide(self, request: Request) -> Response:
        """Note what a person decided and lead to the next photograph; say why if it is refused."""
        form = await self._form(request)
        return await run_in_threadpool(self._decided, request, form)

    def _decided(self, request: Request, form: dict[str, list[str]]) -> Response:
        said = {name: values[-1] for name, values in form.items()}
        asset_id = said.get("asset_id", "")
        try:
            decision = self._decision(form, said)
            self.desk.decide(decision)
        except RefusedError as error:
            return self._refused(request, asset_id, said, error)
        standing = self.desk.standing()
        following = standing.after(asset_id) if "stay" not in said else asset_id
        return RedirectResponse(page_of(standing)(following) if following else "/", 303)

    def _decision(self, form: dict[str, list[str]], said: dict[str, str]) -> Decision:
        values: dict[str, Any] = {**said, "redo_with": None}
        if not said.get("output_sha256"):
            raise RefusedError("malformed", "the form does not say which result was looked at")
        if said.get("decision") == "redo":
            values["redo_with"] = _wish_in(form)
        return decision_of(values, reviewer=self.reviewer, decided_at=datetime.now(UTC))

    def _refused(self, request: Request, asset_id: str, said: dict[str, str], error: RefusedError) -> Response:
        status = 409 if error.code in {"stale", "nothing-to-reject"} else 422
        result = self.desk.standing().results.get(asset_id)
        if result is None:
            return PlainTextResponse(str(error), 404 if error.code == "no-result" else status)
        site = self.desk.site(result.asset.run_id)
        return self._page(request, site, photo_path(asset_id), problem=str(error), said=said, status=status)

    async def record(self, request: Request) -> Response:
        """Record what is noted now."""
        await self._form(request)
        await run_in_threadpool(self.desk.record)
        return RedirectResponse("/", 303)

    def login_page(self, request: Request) -> Response:
        """Ask for the token."""
        if self.guard.lets_in(request.cookies.get(COOKIE)):
            return RedirectResponse("/", 303)
        return self._login_form(self.guard.new_session(), 200)

    async def login(self, request: Request) -> Response:
        """Let in who knows the token."""
        form = await self._form(request)
        if not self.guard.is_token(form.get("token", [""])[-1]):
            await run_in_threadpool(time.sleep, WRONG_TOKEN_S)
            return self._login_form(self.guard.new_session(), 403, problem="That is not the token of this server.")
        response = RedirectResponse("/", 303)
        self._set_cookie(response, self.guard.new_session(known=True))
        return response

    def _login_form(self, cookie: str, status: int, *, problem: str = "") -> Response:
        session = self.guard.session(cookie) or ""
        template = environment().get_template("review_login.html.jinja")
        html = template.render(form_token=self.guard.form_token(session), problem=problem)
        response = HTMLResponse(html, status)
        self._set_cookie(response, cookie)
        return response

    async def _form(self, request: Request) -> dict[str, list[str]]:
        """Return the fields of a form of ours; the session's own mark in it proves that it is."""
        content = b""
        async for piece in request.stream():
            content += piece
            if len(content) > MOST_FORM_BYTES:
                raise BadFormError(f"a form has at most {MOST_FORM_BYTES} bytes")
        form = read_form(content)
        session = self.guard.session(request.cookies.get(COOKIE))
        if not self.guard.is_form_token(session, form.get("form_token", [""])[-1]):
            raise HTTPException(403, "The form is not of this session: load the page again and send it once more.")
        return form

    def _set_cookie(self, response: Response, cookie: str) -> None:
        response.set_cookie(COOKIE, cookie, httponly=True, samesite="strict", path="/")


def _rendered(site: Site, path: str, values: dict[str, Any]) -> str:
    """Return a page of a report as a review shows it.

    Raises:
        HTTPException: There is no such page.
        CatalogError: The report has no such photograph, list or page.
    """
    photo, listed = PHOTO.fullmatch(path), LIST.fullmatch(path)
    if photo:
        return site.photo_page(photo[1], template=TEMPLATES["photo"], **values)
    if path == "queue.html":
        return site.index_page(template=TEMPLATES["queue"], **values)
    if listed:
        name, number = listed[1], int(listed[2] or 1)
        if name in {"copies", "quarantine"}:
            return site.copies_page(number) if name == "copies" else site.quarantine_page(number)
        return site.list_page(name.partition("/")[2], number, template=TEMPLATES["list"], **values)
    pages = {"index.html": site.index_page, "references.html": site.references_page, "figures.html": site.figures_page}
    if path not in pages:
        raise HTTPException(404)
    return pages[path]()


def page_of(standing: Standing) -> Callable[[str], str]:
    """Return what tells the address of a photograph's page: in the report of the run that its outcome is of."""

    def address(asset_id: str) -> str:
        return "/" + report_path(standing.results[asset_id].asset.run_id, photo_path(asset_id))

    return address


def _wish_in(form: dict[str, list[str]]) -> str | None:
    """Return what a form asks of a redo, as JSON.

    Raises:
        RefusedError: A number is none.
    """
    values: dict[str, Any] = {"engine": form.get("engine", [""])[-1] or None, "without": form.get("without", [])}
    for name in ("strength", "threshold"):
        text = form.get(name, [""])[-1].strip()
        try:
            values[name] = float(text) if text else None
        except ValueError:
            raise RefusedError("malformed", f"{name} is a number in (0, 1], found {text!r}") from None
    try:
        return wish_of(values).to_json()
    except ValueError as error:
        raise RefusedError("malformed", str(error)) from None
