"""PREMIS documents: held against rules written down from the schema, followed link by link, and read by premisrw."""

import sys
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from catalog_rows import plain_row
from exported import HOSTILE, unwatched
from lxml import etree
from metsrw.plugins import premisrw
from premis_grammar import PREMIS, XSI_TYPE, misfits

from catalogs.errors import CatalogError
from catalogs.read import Catalog, open_catalog
from catalogs.schema import AssetRow, EventRow, TreatmentRow
from tasks.exports.catalogued import Item, Record
from tasks.exports.errors import ExportArgumentsError, ExportPackagesError
from tasks.exports.premis import export_premis
from tasks.exports.premis_document import premis_xml
from tasks.storage import open_store

VOCABULARY = "http://id.loc.gov/vocabulary/preservation"
WORDS = {
    "eventType": {"ing", "mes", "fix", "val", "mee", "mem", "app", "qua", "cre", "nor", "dsg"},
    "eventOutcome": {"suc", "fai", "war"},
    "agentType": {"sof", "per"},
    "relationshipType": {"der", "str"},
    "relationshipSubType": {"hss", "isp"},
    "eventRelatedObjectRole": {"sou", "out"},
    "eventRelatedAgentRole": {"exe", "val"},
    "cryptographicHashFunctions": {"sha256"},
}
AT = datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC)


@pytest.fixture(scope="module")
def catalog(archive: Path) -> Catalog:
    return open_catalog(open_store(archive / "out"))


@pytest.fixture(scope="module")
def documents(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, ET.Element]:
    folder = tmp_path_factory.mktemp("premis")
    done = export_premis(str(archive / "out"), folder, unwatched)
    paths = {path.stem: path for path in folder.rglob("*.xml")}
    assert sorted(done.written) == sorted(paths)
    return {name: ET.parse(path).getroot() for name, path in paths.items()}


def pairs(document: ET.Element, kind: str) -> set[tuple[str, str]]:
    """Return type and value of all identifiers of a kind."""
    found = document.iter(f"{PREMIS}{kind}Identifier")
    return {(text(one, f"{kind}IdentifierType"), text(one, f"{kind}IdentifierValue")) for one in found}


def text(element: ET.Element, tag: str) -> str:
    return element.findtext(f".//{PREMIS}{tag}") or ""


def of_key(catalog: Catalog, key: str, page: int | None = None) -> AssetRow:
    return next(row for row in catalog.assets if (row.key, row.page) == (key, page))


def record(*events: EventRow, treatments: tuple[TreatmentRow, ...] = (), **asset: Any) -> Record:
    row = plain_row(AssetRow, **{"asset_id": "ab" * 32, "sha256": "ab" * 32, "pages": 1, "status": "published"} | asset)
    return Record(Item(row.asset_id or "unread-1", (row,)), treatments, events)


def happened(**values: Any) -> EventRow:
    usual = {"event_id": "e-1", "event_type": "cre", "outcome": "success", "happened_at": AT, "detail": "made"}
    event: EventRow = plain_row(EventRow, **usual | {"agent": "oldphoto", "agent_version": "1.0"} | values)
    return event


def parsed(one: Record) -> ET.Element:
    return ET.fromstring(premis_xml(one))


def test_there_is_one_for_everything_ever_listed(documents: dict[str, ET.Element], catalog: Catalog) -> None:
    assert set(documents) == {row.asset_id for row in catalog.assets}
    assert len(documents) == 6


def test_each_is_what_the_schema_allows(documents: dict[str, ET.Element]) -> None:
    found = {name: list(misfits(root)) for name, root in documents.items()}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert {(root.tag, root.get("version")) for root in documents.values()} == {(f"{PREMIS}premis", "3.0")}


def test_the_rules_find_a_misplaced_and_an_unknown_element() -> None:
    event = ET.fromstring(f'<event xmlns="{PREMIS[1:-1]}"><eventType/><eventIdentifier/></event>')
    assert any(wrong.startswith("event holds") for wrong in misfits(event))


def test_whatever_is_linked_to_is_in_the_document(documents: dict[str, ET.Element], catalog: Catalog) -> None:
    known = {("oldphoto asset", row.asset_id) for row in catalog.assets}
    for root in documents.values():
        objects, agents, events = (pairs(root, kind) for kind in ("object", "agent", "event"))
        assert pairs(root, "linkingObject")
        assert pairs(root, "linkingObject") <= objects
        assert pairs(root, "linkingAgent") == agents
        assert pairs(root, "relatedEvent") <= events
        assert pairs(root, "relatedObject") <= objects | known
        assert all(pairs(event, "linkingAgent") for event in root.iter(f"{PREMIS}event"))


def test_every_word_of_the_vocabulary_has_its_address(documents: dict[str, ET.Element]) -> None:
    seen: dict[str, set[str]] = {}
    for root in documents.values():
        for element in (one for one in root.iter() if one.get("authority")):
            scheme = element.get("authority") or ""
            assert element.get("authorityURI") == f"{VOCABULARY}/{scheme}"
            code = (element.get("valueURI") or "").removeprefix(f"{VOCABULARY}/{scheme}/")
            assert code in WORDS[scheme]
            seen.setdefault(scheme, set()).add(code)
    assert set(seen) == set(WORDS)
    assert {"ing", "mes", "val", "mee", "app", "qua", "cre", "nor"} <= seen["eventType"]
    assert seen["eventOutcome"] == {"suc", "fai"}


def test_every_event_of_the_catalog_is_told_once(documents: dict[str, ET.Element], catalog: Catalog) -> None:
    rows = {row.event_id: row for row in catalog.rows("events") if isinstance(row, EventRow)}
    told = [event for root in documents.values() for event in root.iter(f"{PREMIS}event")]
    assert sorted(text(event, "eventIdentifierValue") for event in told) == sorted(rows)
    for event in told:
        row = rows[text(event, "eventIdentifierValue")]
        at = text(event, "eventDateTime")
        assert at.endswith("Z")
        assert datetime.fromisoformat(at) == row.happened_at
        assert text(event, "eventDetail") == row.detail
        kind = event.find(f"{PREMIS}eventType")
        assert kind is not None
        assert (kind.get("valueURI") or "").endswith(f"/{row.event_type}")


def test_masters_and_derivatives_have_their_digests_and_sizes(
    documents: dict[str, ET.Element], catalog: Catalog, archive: Path
) -> None:
    row = of_key(catalog, "large.png")
    root = documents[row.asset_id or ""]
    found = {}
    for one in root.iter(f"{PREMIS}object"):
        found[text(one, "messageDigest")] = (int(text(one, "size")), text(one, "formatName"))
    treatments = [one for one in catalog.rows("treatments") if isinstance(one, TreatmentRow)]
    made = [one for one in treatments if one.asset_id == row.asset_id and one.output_path]
    types = {"tif": "image/tiff", "jpg": "image/jpeg", "png": "image/png", "json": "application/json"}
    expected = {
        one.output_sha256: (
            (archive / "out" / one.output_path).stat().st_size,
            types[one.output_path.rpartition(".")[2]],
        )
        for one in made
        if one.output_path
    }
    assert len(expected) >= 3
    master = (archive / "scans" / "large.png").stat().st_size
    assert found == expected | {row.sha256: (master, "image/png")}


def test_each_derivative_has_the_master_as_its_source_and_the_event_that_made_it(
    documents: dict[str, ET.Element], catalog: Catalog
) -> None:
    row = of_key(catalog, "large.png")
    objects = list(documents[row.asset_id or ""].iter(f"{PREMIS}object"))
    derived = [one for one in objects if text(one, "relationshipType") == "derivation"]
    assert len(derived) == len(objects) - 1
    for one in derived:
        assert text(one, "relationshipSubType") == "has source"
        assert text(one, "relatedObjectIdentifierValue") == row.asset_id
        event = next(
            event
            for event in documents[row.asset_id or ""].iter(f"{PREMIS}event")
            if text(event, "eventIdentifierValue") == text(one, "relatedEventIdentifierValue")
        )
        assert text(one, "objectIdentifierValue") in {value for _, value in pairs(event, "linkingObject")}


def test_masters_are_the_source_of_events_and_derivatives_their_outcome(
    documents: dict[str, ET.Element], catalog: Catalog
) -> None:
    row = of_key(catalog, "large.png")
    roles = set()
    for link in documents[row.asset_id or ""].iter(f"{PREMIS}linkingObjectIdentifier"):
        is_master = text(link, "linkingObjectIdentifierValue") == row.asset_id
        roles.add((is_master, text(link, "linkingObjectRole")))
    assert roles == {(True, "source"), (False, "outcome")}


def test_a_page_is_part_of_its_file_and_the_source_of_its_derivatives(
    documents: dict[str, ET.Element], catalog: Catalog
) -> None:
    row = of_key(catalog, "album.tif", 1)
    page, whole, *derived = documents[row.asset_id or ""].iter(f"{PREMIS}object")
    assert (page.get(XSI_TYPE), whole.get(XSI_TYPE)) == ("premis:bitstream", "premis:file")
    assert text(page, "relationshipSubType") == "is part of"
    assert text(page, "relatedObjectIdentifierValue") == text(whole, "objectIdentifierValue") == row.sha256
    assert {text(one, "relatedObjectIdentifierValue") for one in derived} == {row.asset_id}


def test_a_copy_names_the_best_of_its_group_and_bytes_found_twice_both_places(
    documents: dict[str, ET.Element], catalog: Catalog
) -> None:
    copy, best = of_key(catalog, "album.tif", 2), of_key(catalog, "album.tif", 1)
    root = documents[copy.asset_id or ""]
    assert ("oldphoto asset", best.asset_id) in pairs(root, "relatedObject")
    twice = documents[of_key(catalog, "faded.tif").asset_id or ""]
    places = {one.text or "" for one in twice.iter(f"{PREMIS}contentLocationValue")}
    assert {place.rpartition("/scans/")[2] for place in places if "/scans/" in place} == {"faded.tif", "box/copy.tif"}


def test_a_hostile_name_is_spelled_out(documents: dict[str, ET.Element], catalog: Catalog) -> None:
    root = documents[of_key(catalog, HOSTILE).asset_id or ""]
    assert text(root, "originalName") == HOSTILE.replace("\x1b", "\\x1b")


def test_premisrw_reads_what_it_wrote(archive: Path, tmp_path: Path) -> None:
    export_premis(str(archive / "out"), tmp_path, unwatched)
    count = 0
    for path in tmp_path.rglob("*.xml"):
        tree = etree.parse(str(path)).getroot()
        for element in tree.findall(f"{PREMIS}event"):
            element.set("version", "3.0")  # premisrw asks each element, the schema only the document
            event = premisrw.PREMISEvent.fromtree(element)
            assert event.event_identifier_value == element.findtext(f".//{PREMIS}eventIdentifierValue")
            assert event.event_type == element.findtext(f"{PREMIS}eventType")
            assert event.findall("linking_agent_identifier")
            count += 1
    assert count > 20


def test_weights_engine_and_settings_are_told_with_the_event_that_used_them() -> None:
    used = {"object_path": "derivatives/ab/x.tif", "object_sha256": "cd" * 32, "weights_sha256": "ef" * 32}
    treatment = plain_row(
        TreatmentRow,
        stage="restore",
        verdict="applied",
        engine="own",
        settings_hash="5e" * 32,
        output_path="derivatives/ab/x.tif",
        output_sha256="cd" * 32,
        digital_source_type="algorithmicallyEnhanced",
    )
    root = parsed(record(happened(key='odd";name.tif', **used), treatments=(treatment,)))
    told = [one.text or "" for one in root.iter(f"{PREMIS}eventDetail")]
    assert told[0] == "made"
    for expected in (f'weights-sha256="{"ef" * 32}"', 'engine="own"', f'settings-sha256="{"5e" * 32}"'):
        assert expected in told[1]
    assert r'key="odd\";name.tif"' in told[1]
    assert "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicallyEnhanced" in {
        one.text for one in root.iter(f"{PREMIS}significantPropertiesValue")
    }


def test_a_person_who_acted_is_no_software() -> None:
    root = parsed(record(happened(event_type="val", agent="A. Archivist", agent_version="")))
    agent = root.find(f"{PREMIS}agent")
    assert agent is not None
    assert (text(agent, "agentName"), text(agent, "agentType"), text(agent, "agentVersion")) == (
        "A. Archivist",
        "person",
        "",
    )
    assert list(misfits(root)) == []


def test_an_object_never_read_has_a_document_without_digest() -> None:
    root = parsed(record(happened(event_type="qua", outcome="fail", asset_id=None), asset_id=None, sha256=None))
    assert list(misfits(root)) == []
    assert root.find(f".//{PREMIS}fixity") is None
    assert pairs(root, "linkingObject") == pairs(root, "object") == {("oldphoto asset", "unread-1")}


def test_a_second_export_writes_nothing(archive: Path, tmp_path: Path) -> None:
    export_premis(str(archive / "out"), tmp_path, unwatched)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.xml")}
    changed = min(before)
    content = changed.read_bytes()
    changed.write_bytes(content[:-1])
    done = export_premis(str(archive / "out"), tmp_path, unwatched)
    assert (done.written, done.unchanged) == ((changed.stem,), len(before) - 1)
    assert changed.read_bytes() == content
    assert all(path.stat().st_mtime_ns == before[path] for path in before if path != changed)
    assert set(tmp_path.rglob("*.*")) == set(before)


def test_what_is_named_is_exported_and_nothing_else(archive: Path, catalog: Catalog, tmp_path: Path) -> None:
    name = of_key(catalog, "cup.tif").asset_id or ""
    done = export_premis(str(archive / "out"), tmp_path, unwatched, names=[name, name], run="run-000001")
    assert done.written == (name,)
    assert [path.name for path in tmp_path.rglob("*.xml")] == [f"{name}.xml"]


def test_an_unknown_photograph_or_run_is_refused_with_what_there_is(
    archive: Path, catalog: Catalog, tmp_path: Path
) -> None:
    with pytest.raises(CatalogError, match=f"no photograph nobody; it has .*{catalog.assets[0].asset_id}"):
        export_premis(str(archive / "out"), tmp_path, unwatched, names=["nobody"])
    with pytest.raises(CatalogError, match="no run run-000007; it has run-000001"):
        export_premis(str(archive / "out"), tmp_path, unwatched, run="run-000007")
    with pytest.raises(CatalogError, match="there is no catalog"):
        export_premis(str(tmp_path), tmp_path / "x", unwatched)


@pytest.mark.parametrize("place", ["scans", "scans/box", "out", "out/derivatives"])
def test_nothing_is_written_among_masters_or_derivatives(archive: Path, place: str) -> None:
    with pytest.raises(ExportArgumentsError, match="folder of its own"):
        export_premis(str(archive / "out"), archive / place, unwatched)


def test_without_metsrw_the_way_to_get_it_is_said(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "metsrw.plugins", None)
    with pytest.raises(ExportPackagesError, match=r"pip install 'oldphoto\[archive\]'"):
        export_premis(str(archive / "out"), tmp_path, unwatched)
