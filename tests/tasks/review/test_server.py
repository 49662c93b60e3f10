"""The review server as a browser and as an attacker meet it: real sockets, real pages, real rows."""

import re
from collections.abc import Callable, Iterator
from html import unescape

import pytest
from review_desks import COPY, PAGES, PUBLISHED, Desk
from review_visits import Visit, served

from tasks.lease import writer_lease
from tasks.report.writing import report_again
from tasks.review.guard import HEADERS, MOST_FORM_BYTES

TOKEN = "correct-horse-battery"


@pytest.fixture
def visit(desk: Desk) -> Iterator[Visit]:
    with served(desk) as visit:
        yield visit


def test_the_first_page_leads_to_what_waits(visit: Visit) -> None:
    answer = visit.client.get("/", follow_redirects=True)
    assert answer.status_code == 200
    assert "1 result waits for review" in answer.text
    assert PUBLISHED in answer.text
    assert PAGES not in answer.text


def test_every_answer_says_how_it_is_to_be_treated(visit: Visit) -> None:
    for path in ("/", "/nowhere", visit.page_of(PUBLISHED), "/review/review.js"):
        answer = visit.client.get(path)
        assert {name: answer.headers[name] for name in HEADERS} == dict(HEADERS)
        assert "server" not in answer.headers


def test_a_decision_on_the_page_is_a_row_with_its_reviewer_and_note(visit: Visit) -> None:
    result = visit.desk.result(PUBLISHED).result
    assert result is not None
    answer = visit.decide(PUBLISHED, "reject", note="the <sky> is green")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    (row,) = visit.rows()
    assert (row["decision"], row["note"], row["reviewer"]) == ("reject", "the <sky> is green", "Ada")
    assert row["output_sha256"] == result.sha256
    page = visit.client.get(visit.page_of(PUBLISHED)).text
    assert "the &lt;sky&gt; is green" in page
    assert "the <sky>" not in page
    assert visit.desk.audit().problems == ()


def test_a_redo_carries_what_was_chosen(visit: Visit) -> None:
    visit.decide(PUBLISHED, "redo", engine="classical", without=["inpaint", "modernize"], strength="0.5", threshold="")
    (row,) = visit.rows()
    assert row["redo_with"] == '{"engine":"classical","strength":0.5,"without":["inpaint","modernize"]}'
    assert visit.desk.result(PUBLISHED).waits_for_redo


@pytest.mark.parametrize("changes", [{"form_token": ""}, {"form_token": "0" * 64}, {"form_token": "é"}])
def test_a_form_without_the_mark_of_the_session_is_refused(visit: Visit, changes: dict[str, str]) -> None:
    assert visit.decide(PUBLISHED, "reject", **changes).status_code == 403
    assert visit.rows() == []


def test_a_form_of_another_session_is_refused(visit: Visit) -> None:
    form = visit.form(PUBLISHED, decision="reject")
    visit.client.cookies.clear()
    assert visit.client.post("/review/decide", data=form).status_code == 403
    visit.client.get(visit.page_of(PUBLISHED))
    assert visit.client.post("/review/decide", data=form).status_code == 403
    assert visit.rows() == []


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
def test_a_form_sent_from_another_site_is_refused(visit: Visit, origin: str) -> None:
    form = visit.form(PUBLISHED, decision="reject")
    answer = visit.client.post("/review/decide", data=form, headers={"Origin": origin})
    assert answer.status_code == 403
    assert visit.rows() == []


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", ""])
def test_another_name_is_not_answered(visit: Visit, host: str) -> None:
    assert visit.client.get("/", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize(
    "path",
    [
        "/derivatives/../catalogs/_manifests/run-000001.json",
        "/derivatives/%2e%2e/catalogs/_manifests/run-000001.json",
        "/derivatives/..%2f..%2f..%2fetc/passwd",
        "/derivatives//etc/passwd",
        "/reports/run-000001/..%2f..%2fcatalogs/_manifests/run-000001.json",
        "/reports/..%2fcatalogs/index.html",
        "/reports/run-000001/before/..%2f..%2findex.html",
        "/reports/run-999999/index.html",
        "/reports/run-000001/photograph/" + "0" * 64 + ".html",
        "/reports/run-000001/nothing.html",
        "/review/review_photo.html.jinja",
        "/review/..%2freview.js",
        "/catalogs/_manifests/run-000001.json",
        "/_staging/writer.json",
    ],
)
def test_nothing_but_what_the_catalog_names_can_be_asked_for(visit: Visit, path: str) -> None:
    answer = visit.client.get(path)
    assert answer.status_code == 404
    assert "parent_sha256" not in answer.text


def test_derivatives_are_served_from_the_store_byte_for_byte(visit: Visit) -> None:
    for file in visit.desk.result(PUBLISHED).files:
        answer = visit.client.get(f"/{file.path}")
        assert answer.content == visit.desk.bytes_of(file.path)
        assert ("attachment" in answer.headers.get("content-disposition", "")) == file.path.endswith(".tif")


def test_the_pictures_and_links_of_a_page_are_there(visit: Visit) -> None:
    report_again(str(visit.desk.out), "run-000001")
    base = visit.client.base_url.join(visit.page_of(PUBLISHED))
    html = visit.client.get(base).text
    links = {unescape(one) for one in re.findall(r'(?:src|href)="([^"#]+)"', html)}
    assert len(links) > 10
    broken = {link for link in links if visit.client.get(base.join(link)).status_code not in {200, 303}}
    assert broken == set()


def test_a_result_that_changed_meanwhile_is_not_decided_about(visit: Visit) -> None:
    form = visit.form(PUBLISHED, decision="accept", output_sha256="ab" * 32, note="I looked <b>long</b>")
    answer = visit.client.post("/review/decide", data=form)
    assert answer.status_code == 409
    assert "another result by now" in answer.text
    assert "I looked &lt;b&gt;long&lt;/b&gt;" in answer.text
    assert visit.rows() == []


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"decision": "delete"}, 422), ({"output_sha256": ""}, 422), ({"decision": "redo", "strength": "much"}, 422),
        ({"decision": "redo", "without": "all"}, 422), ({"note": "x" * 2001}, 422), ({"asset_id": "0" * 64}, 404),
        ({"note": "x" * MOST_FORM_BYTES}, 413),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_with_its_reason(visit: Visit, changes: dict[str, str], status: int) -> None:
    answer = visit.client.post("/review/decide", data=visit.form(PUBLISHED, **{"decision": "accept", **changes}))
    assert answer.status_code == status
    assert visit.rows() == []


def test_an_untouched_photograph_is_not_rejected_and_a_copy_has_no_page(visit: Visit) -> None:
    page = visit.desk.result(PAGES, 1)
    assert page.result is not None
    form = visit.form(PUBLISHED, asset_id=page.asset_id, output_sha256=page.result.sha256, decision="reject")
    assert visit.client.post("/review/decide", data=form).status_code == 409
    copy = visit.desk.asset_id(COPY)
    assert visit.client.get(f"/reports/run-000001/photograph/{copy}.html").status_code == 404
    assert visit.client.post("/review/decide", data={**form, "asset_id": copy}).status_code == 404


def test_nothing_is_done_by_looking(visit: Visit) -> None:
    for path in ("/review/decide", "/review/record"):
        assert visit.client.get(path).status_code in {404, 405}
    assert visit.rows() == []


def test_with_a_token_nothing_is_shown_before_it_is_given(desk: Desk) -> None:
    with served(desk, token=TOKEN) as visit:
        client = visit.client
        for path in ("/", visit.page_of(PUBLISHED), f"/{desk.result(PUBLISHED).files[0].path}"):
            assert client.get(path).headers["location"] == "/login"
        assert client.post("/review/decide", data={"decision": "accept"}).status_code == 401
        mark = re.findall(r'name="form_token" value="(\w+)"', client.get("/login").text)[0]
        assert client.post("/login", data={"token": TOKEN, "form_token": "0"}).status_code == 403
        wrong = client.post("/login", data={"token": "wrong", "form_token": mark})
        assert wrong.status_code == 403
        mark = re.findall(r'name="form_token" value="(\w+)"', wrong.text)[0]
        right = client.post("/login", data={"token": TOKEN, "form_token": mark})
        assert right.status_code == 303
        cookie = right.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert TOKEN not in cookie
        assert visit.decide(PUBLISHED, "accept").status_code == 303
        assert len(visit.rows()) == 1


def test_decisions_made_in_one_go_are_one_run(desk: Desk) -> None:
    with served(desk, record_after_s=60.0) as visit:
        visit.decide(PUBLISHED, "reject")
        visit.decide(PUBLISHED, "accept", note="on second thoughts")
        assert visit.rows() == []
        assert "1 decision noted and not recorded yet" in visit.client.get(visit.page_of(PUBLISHED)).text
        form = visit.form(PUBLISHED)
        visit.client.post("/review/record", data={"form_token": form["form_token"]})
        assert {row["run_id"] for row in visit.rows()} == {"run-000002"}
        assert [row["decision"] for row in visit.rows()] == ["reject", "accept"]


def test_while_a_night_writes_decisions_are_kept_and_the_page_says_so(desk: Desk) -> None:
    with served(desk) as visit:
        with writer_lease(desk.store):
            visit.decide(PUBLISHED, "accept")
            page = visit.client.get(visit.page_of(PUBLISHED)).text
        assert "A night is under way" in page
        assert visit.rows() == []
    desk.record()
    assert [row.decision for row in desk.result(PUBLISHED).reviews] == ["accept"]


def test_names_and_notes_that_would_be_script_are_text(own_source: Callable[[], Desk]) -> None:
    desk = own_source()
    nasty = "<img src=x onerror=alert(1)>.tif"
    (desk.source / PUBLISHED).rename(desk.source / nasty)
    desk.night()
    with served(desk, reviewer='"><script>alert(1)</script>') as visit:
        visit.decide(PUBLISHED, "accept", note='</textarea><script>alert(2)</script>" onfocus="alert(3)')
        for path in ("/reports/run-000001/queue.html", visit.page_of(PUBLISHED), "/reports/run-000002/index.html"):
            html = visit.client.get(path).text
            assert "<script>alert" not in html
            assert "<img src=x" not in html
            assert ' onfocus="alert' not in html
