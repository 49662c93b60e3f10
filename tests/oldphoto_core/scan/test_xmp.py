"""What derivatives say of themselves, read back by exiv2; what their masters said is still there."""

import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyexiv2
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scan_masters import ADOBE, colours8, colours16, write_tiff

from oldphoto_core.scan.insert import JPEG_XMP_BYTES
from oldphoto_core.scan.lineage import Lineage, Step
from oldphoto_core.scan.pictures import add_xmp_to_png, write_access_jpeg, write_mask_png
from oldphoto_core.scan.read import read_scan
from oldphoto_core.scan.source_type import VOCABULARY, source_type
from oldphoto_core.scan.write import write_scan
from oldphoto_core.scan.xmp import OWN, mark, read_marks, why_not_merged
from oldphoto_core.scan.xmp_tree import MOST_BYTES, XmpRefusedError

LEARNED = Step(stage="restore", name="texture", engine="own", weights_sha256="ef" * 32)
CLASSICAL = Step(stage="modernize", name="style", engine="classical")
LINEAGE = Lineage(
    asset_id="ab" * 32 + "-p2",
    master_sha256="ab" * 32,
    kind="restored",
    run_id="run-000007",
    code_version="0.1.0+1234",
    settings_hash="cd" * 32,
    config_hash="dc" * 32,
    steps=(LEARNED, CLASSICAL),
)
SPACES = (
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" '
    'xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" '
    'xmlns:stRef="http://ns.adobe.com/xap/1.0/sType/ResourceRef#" xmlns:mus="http://museum.example/terms/" '
    'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    'xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/"'
)
MUSEUM = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="scanner"><rdf:RDF {SPACES}>
<rdf:Description rdf:about="" mus:inventory="1931/17 &lt;a&gt; &quot;b&quot;" xmp:CreatorTool="SilverFast"
  xmpMM:DocumentID="xmp.did:9"
  tiff:Orientation="6" tiff:ImageWidth="800" Iptc4xmpExt:DigitalSourceType="{VOCABULARY}print">
 <dc:title><rdf:Alt><rdf:li xml:lang="x-default">Amélie &amp; Zoë</rdf:li>
  <rdf:li xml:lang="nl">Amelie</rdf:li></rdf:Alt></dc:title>
 <dc:creator><rdf:Seq><rdf:li>A. Photographer</rdf:li><rdf:li>Her brother</rdf:li></rdf:Seq></dc:creator>
 <dc:source>Negative box 4</dc:source>
 <xmpRights:WebStatement rdf:resource="https://museum.example/rights"/>
 <xmpMM:DerivedFrom stRef:documentID="xmp.did:8" stRef:instanceID="xmp.iid:8"/>
 <xmpMM:Pantry><rdf:Bag><rdf:li>
  <rdf:Description xmpMM:DocumentID="xmp.did:part" dc:format="image/png"/>
 </rdf:li></rdf:Bag></xmpMM:Pantry>
 <xmpMM:History><rdf:Seq><rdf:li stEvt:action="created" stEvt:softwareAgent="SilverFast"/></rdf:Seq></xmpMM:History>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>""".encode()
OURS = re.compile(
    r"Xmp\.(oldphoto\.|iptcExt\.DigitalSourceType|tiff\.Orientation"
    r"|xmpMM\.(DocumentID|InstanceID|OriginalDocumentID|DerivedFrom|History))"
)
"""The properties that we set."""


@pytest.fixture(scope="module", autouse=True)
def _quiet() -> None:
    pyexiv2.set_log_level(4)


def exiv2(picture: Path | bytes) -> dict[str, Any]:
    """Return every XMP property that exiv2 finds in a picture."""
    content = picture if isinstance(picture, bytes) else picture.read_bytes()
    with pyexiv2.ImageData(content) as image:
        return dict(image.read_xmp())


def in_a_jpeg(packet: bytes) -> bytes:
    held = io.BytesIO()
    Image.new("L", (16, 16)).save(held, "jpeg", xmp=packet)
    return held.getvalue()


def packet(inside: str, *, more: str = "") -> bytes:
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {SPACES}>{inside}{more}</rdf:RDF></x:xmpmeta>'.encode()


def test_a_16_bit_tiff_carries_our_mark_and_the_masters_words_and_its_samples_are_untouched(tmp_path: Path) -> None:
    scan = replace(read_scan(write_tiff(tmp_path, colours16(), iccprofile=ADOBE, resolution=(600, 600))), xmp=MUSEUM)
    write_scan(scan, tmp_path / "r.tif", xmp=mark(LINEAGE, scan.xmp).packet)
    found = exiv2(tmp_path / "r.tif")
    assert found["Xmp.iptcExt.DigitalSourceType"] == f"{VOCABULARY}compositeWithTrainedAlgorithmicMedia"
    assert found["Xmp.oldphoto.MasterSha256"] == "ab" * 32
    assert found["Xmp.dc.title"] == {'lang="x-default"': "Amélie & Zoë", 'lang="nl"': "Amelie"}
    with tifffile.TiffFile(tmp_path / "r.tif") as opened:
        page = opened.pages.first
        assert page.asarray().dtype == np.uint16
        np.testing.assert_array_equal(page.asarray(), colours16())
        assert page.tags[34675].value == ADOBE
        assert page.tags[282].value == (600, 1)


def test_an_access_copy_and_a_mask_carry_theirs(tmp_path: Path) -> None:
    photo = (colours8() / np.float32(255)).astype(np.float32)
    write_access_jpeg(photo, tmp_path / "bare.jpg")
    write_access_jpeg(photo, tmp_path / "a.jpg", xmp=mark(replace(LINEAGE, kind="access"), MUSEUM).packet)
    found = exiv2(tmp_path / "a.jpg")
    assert found["Xmp.oldphoto.Kind"] == "access"
    assert found["Xmp.dc.creator"] == ["A. Photographer", "Her brother"]
    with Image.open(tmp_path / "bare.jpg") as bare, Image.open(tmp_path / "a.jpg") as told:
        np.testing.assert_array_equal(np.asarray(bare), np.asarray(told))
        assert told.info["icc_profile"] == bare.info["icc_profile"]
    write_mask_png(np.eye(32, dtype=bool), tmp_path / "mask.png")
    made = mark(replace(LINEAGE, kind="damage", steps=()), None)
    add_xmp_to_png(tmp_path / "mask.png", tmp_path / "m.png", made.packet)
    assert exiv2(tmp_path / "m.png")["Xmp.iptcExt.DigitalSourceType"] == f"{VOCABULARY}dataDrivenMedia"
    with Image.open(tmp_path / "m.png") as told:
        np.testing.assert_array_equal(np.asarray(told.convert("1")), np.eye(32, dtype=bool))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_no_word_of_the_master_is_lost(encoding: str) -> None:
    before = exiv2(in_a_jpeg(MUSEUM))
    after = exiv2(in_a_jpeg(mark(LINEAGE, MUSEUM.decode().encode(encoding) + b"\0" * 4).packet))
    kept = {name: value for name, value in before.items() if not OURS.match(name)}
    assert len(kept) > 10
    assert kept == {name: value for name, value in after.items() if not OURS.match(name)}


def test_a_damaged_wrapper_costs_nothing() -> None:
    whole = mark(LINEAGE, MUSEUM)
    assert mark(LINEAGE, MUSEUM[1:]) == whole  # so in a scan of the Farm Security Administration's portraits
    assert mark(LINEAGE, MUSEUM.removesuffix(b'<?xpacket end="w"?>') + b"\xc3\xa9\0\0<?xp") == whole


def test_what_we_set_anew_is_kept_where_a_reader_looks_for_it() -> None:
    after = exiv2(in_a_jpeg(mark(LINEAGE, MUSEUM).packet))
    assert after["Xmp.xmpMM.DerivedFrom/stRef:documentID"] == "xmp.did:9"
    assert after["Xmp.xmpMM.DerivedFrom/stRef:instanceID"].startswith("ni:///sha-256;q6urq6ur")
    assert after["Xmp.xmpMM.OriginalDocumentID"] == "xmp.did:9"
    assert after["Xmp.oldphoto.MasterDerivedFrom/stRef:documentID"] == "xmp.did:8"
    assert after["Xmp.oldphoto.MasterDigitalSourceType"] == f"{VOCABULARY}print"
    assert after["Xmp.tiff.Orientation"] == "1"
    actions = [after[f"Xmp.xmpMM.History[{number}]/stEvt:action"] for number in range(1, 5)]
    assert actions == ["created", "derived", "edited", "edited"]
    assert "ef" * 32 in after["Xmp.xmpMM.History[3]/stEvt:parameters"]
    assert after["Xmp.oldphoto.Weights"] == ["restore/texture " + "ef" * 32]


def test_a_reduced_copy_says_nothing_of_the_masters_size() -> None:
    assert "Xmp.tiff.ImageWidth" in exiv2(in_a_jpeg(mark(LINEAGE, MUSEUM).packet))
    assert "Xmp.tiff.ImageWidth" not in exiv2(in_a_jpeg(mark(replace(LINEAGE, kind="access"), MUSEUM).packet))


def test_the_same_work_gives_the_same_bytes_and_other_work_another_instance_of_the_same_document() -> None:
    assert mark(LINEAGE, MUSEUM) == mark(LINEAGE, MUSEUM)
    other = replace(LINEAGE, steps=(CLASSICAL,))
    assert (other.document_id, other.instance_id != LINEAGE.instance_id) == (LINEAGE.document_id, True)
    assert replace(LINEAGE, kind="modernized").document_id != LINEAGE.document_id


def test_a_master_that_is_itself_a_derivative_is_marked_once_more_and_no_property_is_there_twice() -> None:
    again = mark(replace(LINEAGE, run_id="run-000008", steps=(CLASSICAL,)), mark(LINEAGE, MUSEUM).packet)
    found = exiv2(in_a_jpeg(again.packet))
    assert found["Xmp.oldphoto.RunId"] == "run-000008"
    assert found["Xmp.xmpMM.DerivedFrom/stRef:documentID"] == LINEAGE.document_id
    assert again.source_type == "compositeWithTrainedAlgorithmicMedia"  # once learned, always
    assert why_not_merged(again.packet) is None


@pytest.mark.parametrize(
    ("masters", "steps", "expected"),
    [
        (None, (), None),
        ("print", (), "print"),
        ("print", (CLASSICAL,), "algorithmicallyEnhanced"),
        ("print", (CLASSICAL, LEARNED), "compositeWithTrainedAlgorithmicMedia"),
        (None, (LEARNED,), "compositeWithTrainedAlgorithmicMedia"),
        ("trainedAlgorithmicMedia", (CLASSICAL,), "trainedAlgorithmicMedia"),
        ("compositeSynthetic", (), "compositeSynthetic"),
    ],
)
def test_the_digital_source_type_follows_from_what_changed_pixels(
    masters: str | None, steps: tuple[Step, ...], expected: str | None
) -> None:
    learned = any(step.weights_sha256 for step in steps)
    assert source_type(masters, changed=bool(steps), learned=learned) == expected
    said = masters and packet(f'<rdf:Description Iptc4xmpExt:DigitalSourceType="{VOCABULARY}{masters}"/>')
    made = mark(replace(LINEAGE, steps=steps, kind="access"), said or None)
    assert made.source_type == expected
    found = exiv2(in_a_jpeg(made.packet)).get("Xmp.iptcExt.DigitalSourceType")
    assert found == (expected and VOCABULARY + expected)


def test_a_code_that_is_not_iptcs_is_kept_as_the_masters_word_and_not_as_ours() -> None:
    made = mark(replace(LINEAGE, steps=()), packet('<rdf:Description Iptc4xmpExt:DigitalSourceType="a guess"/>'))
    found = exiv2(in_a_jpeg(made.packet))
    assert (made.source_type, found.get("Xmp.iptcExt.DigitalSourceType")) == (None, None)
    assert found["Xmp.oldphoto.MasterDigitalSourceType"] == "a guess"


BOMB = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {"abcdefghijkl"[n]} "{("&" + "abcdefghijkl"[n - 1] + ";") * 10}">' for n in range(1, 12)
)  # fmt: skip
BOMB += '<!ENTITY x SYSTEM "file:///etc/passwd">]>'
BOMB += f'<rdf:RDF {SPACES}><rdf:Description mus:a="&l;">&x;</rdf:Description></rdf:RDF>'


@pytest.mark.parametrize(
    ("hostile", "why"),
    [
        (BOMB.encode(), "document type"),
        (BOMB.encode("utf-16"), "document type"),
        (BOMB.encode("utf-16-le"), "document type"),
        (BOMB.encode("utf-32-be"), "document type"),
        (b'<?xml version="1.0" encoding="cp037"?>' + BOMB.encode("cp037"), "not well-formed"),
        (b'<?xml version="1.0" encoding="utf-7"?>' + BOMB.encode("utf-7"), "document type"),
        (MUSEUM[:-300], "not well-formed"),
        (MUSEUM.replace(b"</dc:title>", b""), "not well-formed"),
        (b"", "not well-formed"),
        (b"\0" * 100, "not well-formed"),
        (b"\xff\xfe", "not well-formed"),
        (b"<a/>", "no rdf:RDF"),
        (b"<a>" * 100_000, "deep"),
        (packet("<rdf:Description>" + "<mus:a/>" * 21_000 + "</rdf:Description>"), "more than"),
        (b" " * (MOST_BYTES + 1), "bytes"),
        (packet("<mus:thing/>"), "only rdf:Description"),
        (packet("<rdf:Description mus:a='1'/><rdf:Description mus:a='2'/>"), "twice"),
        (packet("<rdf:Description rdf:about='1'/><rdf:Description rdf:about='2'/>"), "several things"),
        (packet("<rdf:Description><nowhere/></rdf:Description>"), "'nowhere' where a property"),
        (packet("<rdf:Description><mus:a rdf:parseType='Literal'><b/></mus:a></rdf:Description>"), "form Literal"),
    ],
)
def test_hostile_and_broken_packets_are_left_out_with_a_reason_and_the_picture_still_gets_its_mark(
    hostile: bytes, why: str
) -> None:
    made = mark(LINEAGE, hostile)
    assert made.left_out is not None
    assert why in made.left_out
    assert why in str(why_not_merged(hostile))
    assert made.packet == mark(LINEAGE, None).packet
    assert len(made.packet) < 5000


def test_a_packet_too_long_for_a_jpeg_is_left_out_of_it_and_the_source_type_it_declares_is_not() -> None:
    long = packet(f'<rdf:Description mus:a="{"x" * 70_000}" Iptc4xmpExt:DigitalSourceType="{VOCABULARY}print"/>')
    made = mark(replace(LINEAGE, kind="access", steps=()), long, most_bytes=JPEG_XMP_BYTES)
    assert "the file holds" in str(made.left_out)
    assert len(made.packet) <= JPEG_XMP_BYTES
    assert made.source_type == "print"
    assert mark(replace(LINEAGE, kind="access", steps=()), long).left_out is None


def test_what_was_written_can_be_read_by_ourselves() -> None:
    found = read_marks(mark(LINEAGE, MUSEUM).packet)
    assert found == {
        "RunId": "run-000007",
        "CodeVersion": "0.1.0+1234",
        "SettingsHash": "cd" * 32,
        "ConfigHash": "dc" * 32,
        "AssetId": "ab" * 32 + "-p2",
        "Kind": "restored",
        "MasterSha256": "ab" * 32,
        "Weights": ("restore/texture " + "ef" * 32,),
        "DigitalSourceType": "compositeWithTrainedAlgorithmicMedia",
    }
    with pytest.raises(XmpRefusedError):
        read_marks(b"nothing")
    assert OWN.startswith("urn:uuid:")


NAMES = st.sampled_from(
    [
        "mus:a",
        "mus:b",
        "dc:format",
        "xmp:Label",
        "rdf:li",
        "rdf:value",
        "rdf:Bag",
        "rdf:Seq",
        "rdf:Alt",
        "rdf:Description",
        "tiff:Orientation",
        "xmpMM:History",
        "xmpMM:DerivedFrom",
        "bare",
    ]
)
ATTRIBUTES = st.sampled_from(
    [
        "mus:c='1'",
        "xml:lang='nl'",
        "rdf:parseType='Resource'",
        "rdf:resource='urn:x'",
        "rdf:about=''",
        "rdf:ID='q'",
        "d='1'",
        "rdf:value='v'",
        "dc:format='f'",
        "rdf:datatype='urn:y'",
        "rdf:parseType='Literal'",
        "rdf:nodeID='n'",
    ]
)


def element(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(NAMES, st.lists(ATTRIBUTES, max_size=2, unique_by=lambda one: one.split("=")[0]), children).map(
        lambda parts: f"<{parts[0]} {' '.join(parts[1])}>{parts[2]}</{parts[0]}>"
    )


TREES = st.recursive(
    st.sampled_from(["", "", "text"]), lambda inner: st.lists(element(inner), max_size=3).map("".join), max_leaves=8
)


@settings(max_examples=100, deadline=None)
@given(inside=TREES, top=st.sampled_from(["rdf:Description", "rdf:Description", "mus:thing"]))
def test_whatever_we_merge_a_strict_reader_still_finds_our_mark(inside: str, top: str) -> None:
    made = mark(LINEAGE, packet(f"<{top}>{inside}</{top}>"))
    found = exiv2(in_a_jpeg(made.packet))
    assert found.get("Xmp.oldphoto.MasterSha256") == "ab" * 32
    assert found["Xmp.iptcExt.DigitalSourceType"] == f"{VOCABULARY}compositeWithTrainedAlgorithmicMedia"
