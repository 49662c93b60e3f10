"""The tables: one frozen row class each, a description and a unit on every column.

Rows are only ever added. A later row about the same thing replaces the earlier one in the views of ``views.sql``; the
earlier stays for auditors. New columns may be added (the minor version rises), none is ever removed or changed.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

import pyarrow as pa

from catalogs.columns import Column, arrow_schema

SCHEMA_VERSION = "1.2"

Status = Literal["published", "duplicate", "untouched", "quarantined"]
Verdict = Literal["applied", "blended", "rejected", "skipped"]
Stage = Literal["ingest", "dedupe", "classify", "restore", "modernize", "publish", "film"]
Relation = Literal["bytes", "pixels", "near"]
Outcome = Literal["success", "fail", "warning"]
EventType = Literal[
    "ing", "mes", "fix", "val", "mee", "app", "qua", "unq", "cre", "nor", "mem", "del", "dsg", "ipc"
]  # fmt: skip
"""Codes of http://id.loc.gov/vocabulary/preservation/eventType."""

RunId = Annotated[str, Column("The run that wrote this row; runs of a catalog are numbered from run-000001.")]
AssetId = Annotated[str, Column("SHA-256 of the master's bytes, lower-case hex; page n of several: <sha256>-p<n>.")]
SettingsHash = Annotated[str, Column("SHA-256 of the settings that decide this result, as canonical JSON.")]
Weights = Annotated[str | None, Column("SHA-256 of the network weights used; null if no network was.")]
CodeVersion = Annotated[str, Column("Version of the program and a digest of its source files.")]
Measures = Annotated[dict[str, float], Column("Measurements behind the row; each name carries its unit.")]
SHARE = "fraction of the picture, 0 to 1"
UNIT_INTERVAL = "0 to 1"
INT32 = pa.int32()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """One row for each committed run."""

    run_id: RunId
    run_kind: Annotated[str, Column("What wrote it: nightly, review or film.")]
    started_at: Annotated[datetime, Column("When the run began.", "UTC")]
    finished_at: Annotated[datetime, Column("When its rows were complete.", "UTC")]
    source_uri: Annotated[str, Column("Where the masters were listed.")]
    output_uri: Annotated[str, Column("Where results went.")]
    references_uri: Annotated[str | None, Column("Where the reference photographs were listed.")]
    config_hash: Annotated[str, Column("SHA-256 of all settings that decide results, as canonical JSON.")]
    config: Annotated[str, Column("Those settings, as canonical JSON.")]
    code_version: CodeVersion
    versions: Annotated[str, Column("Versions of Python and the libraries that touch pixels, as JSON.")]
    host: Annotated[str, Column("Name of the machine.")]
    listed: Annotated[int, Column("Objects listed at the source.")]
    known: Annotated[int, Column("Listed objects already catalogued and not read again.")]
    fetched: Annotated[int, Column("Objects read from the source.")]
    fetched_bytes: Annotated[int, Column("Bytes read from the source.", "bytes")]
    resumed: Annotated[int, Column("Objects whose finished reading was taken over from an interrupted run.")]
    published: Annotated[int, Column("Photographs of this run with a new derivative.")]
    duplicate: Annotated[int, Column("Photographs of this run that are copies of another.")]
    untouched: Annotated[int, Column("Photographs of this run that need no treatment.")]
    quarantined: Annotated[int, Column("Photographs of this run set aside with a reason.")]
    stage_seconds: Annotated[dict[str, float], Column("Wall time by stage.", "s")]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetRow:
    """One row for each photograph of each listed object, and how it ended."""

    run_id: RunId
    asset_id: Annotated[str | None, Column("SHA-256 of the master (with -p<n> for a page); null if never read whole.")]
    source_uri: Annotated[str, Column("Where the object was listed.")]
    key: Annotated[str, Column("Name of the object below source_uri, verbatim.")]
    version: Annotated[str | None, Column("Version of the object, where the storage has versions.")]
    etag: Annotated[str, Column("Entity tag the storage gave when listing.")]
    size_bytes: Annotated[int, Column("Size the storage gave when listing.", "bytes")]
    modified_at: Annotated[datetime, Column("Modification time the storage gave.", "UTC")]
    page: Annotated[int | None, Column("Page of a multi-page master, from 1; null if it has one page.", arrow=INT32)]
    pages: Annotated[int | None, Column("Number of pages of the master.", arrow=INT32)] = None
    status: Annotated[Status | None, Column("How it ended.", required=True)] = None
    reason: Annotated[str | None, Column("Why it is quarantined: a short code.")] = None
    reason_detail: Annotated[str | None, Column("The same in a sentence.")] = None
    duplicate_of: Annotated[str | None, Column("asset_id of the photograph this is a copy of.")] = None
    sha256: Annotated[str | None, Column("SHA-256 of the master's bytes.")] = None
    pixel_sha256: Annotated[str | None, Column("SHA-256 of size, type and upright decoded pixels.")] = None
    format: Annotated[str | None, Column("Container format, by content.")] = None
    compression: Annotated[str | None, Column("Compression inside the container.")] = None
    width_px: Annotated[int | None, Column("Width of the upright picture.", "px", INT32)] = None
    height_px: Annotated[int | None, Column("Height of the upright picture.", "px", INT32)] = None
    bands: Annotated[int | None, Column("Channels, alpha included.", arrow=INT32)] = None
    bit_depth: Annotated[int | None, Column("Bits for each channel.", "bit", INT32)] = None
    colour: Annotated[str | None, Column("Colour model of the master: grey, rgb, cmyk.")] = None
    source_bit_depth: Annotated[int | None, Column("Bits for each channel in the file itself.", "bit", INT32)] = None
    has_alpha: Annotated[bool | None, Column("Whether it has an alpha channel.")] = None
    icc_name: Annotated[str | None, Column("Description in the embedded ICC profile.")] = None
    dpi: Annotated[float | None, Column("Declared resolution.", "pixels per inch")] = None
    orientation: Annotated[int | None, Column("EXIF orientation found, 1 to 8.", arrow=INT32)] = None
    has_exif: Annotated[bool | None, Column("Whether EXIF metadata is embedded.")] = None
    has_xmp: Annotated[bool | None, Column("Whether XMP metadata is embedded.")] = None
    notes: Annotated[tuple[str, ...], Column("What is odd about the file and was passed over.")] = ()
    monochrome: Annotated[bool | None, Column("Whether it has one tone: grey, or one toning hue.")] = None
    sharpness: Annotated[
        float | None,
        Column("Mean gradient of the strongest edges over the contrast, for choosing among copies.", "1/px"),
    ] = None
    phash: Annotated[str | None, Column("64-bit pHash of the upright picture (ImageHash), 16 hex digits.")] = None
    fingerprint: Annotated[
        tuple[int, ...] | None,
        Column(
            "pHash and dHash of the picture, of its inner part, of five windows (42); then landmarks.",
            arrow=pa.list_(pa.uint64()),
        ),
    ] = None
    relief: Annotated[
        float | None, Column("How much there is to see; plain pictures have no useful hash.", UNIT_INTERVAL)
    ] = None
    code_version: CodeVersion

    @property
    def has_derivatives(self) -> bool:
        """Whether it ended with files of its own: published, or judged and left untouched."""
        return self.status in {"published", "untouched"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateRow:
    """One row for each photograph found to be a copy of another."""

    run_id: RunId
    asset_id: AssetId
    source_uri: Annotated[str, Column("Where the copy was listed.")]
    key: Annotated[str, Column("Name of the copy below source_uri.")]
    page: Annotated[int | None, Column("Page of the copy, from 1.", arrow=INT32)]
    primary_asset_id: Annotated[str, Column("asset_id of the best photograph of the group.")]
    primary_source_uri: Annotated[str, Column("Where the best one was listed.")]
    primary_key: Annotated[str, Column("Name of the best one below primary_source_uri.")]
    primary_page: Annotated[int | None, Column("Page of the best one, from 1.", arrow=INT32)]
    relation: Annotated[Relation, Column("Same bytes, same decoded pixels, or another scan of the same print.")]
    distance: Annotated[int, Column("Smallest Hamming distance of their perceptual hashes.", "bits of 128", INT32)]
    transform: Annotated[str, Column("Orientation of the copy relative to the best one.")]
    inliers: Annotated[int | None, Column("Local features that agree on one geometry.", arrow=INT32)]
    overlap: Annotated[float | None, Column("Share of the smaller of the two that lies on the other.", SHARE)]
    crop_x: Annotated[float | None, Column("Left edge of the copy's frame as it lies on the best one.", SHARE)] = None
    crop_y: Annotated[float | None, Column("Top edge of that frame.", SHARE)] = None
    crop_width: Annotated[float | None, Column("Width of that frame, in widths of the best one.", SHARE)] = None
    crop_height: Annotated[float | None, Column("Height of it, in heights of the best one.", SHARE)] = None
    settings_hash: SettingsHash


@dataclass(frozen=True, slots=True, kw_only=True)
class DamageRow:
    """One row for each photograph judged: twelve kinds of damage, probability and severity each."""

    run_id: RunId
    asset_id: AssetId
    blur_probability: Annotated[float, Column("Belief that the picture is blurred.", UNIT_INTERVAL)]
    blur_severity: Annotated[float, Column("How bad; 0.5 plainly visible.", UNIT_INTERVAL)]
    noise_probability: Annotated[float, Column("Belief in noise or strong grain.", UNIT_INTERVAL)]
    noise_severity: Annotated[float, Column("How bad; 0.5 plainly visible.", UNIT_INTERVAL)]
    fading_probability: Annotated[float, Column("Belief that tones have faded.", UNIT_INTERVAL)]
    fading_severity: Annotated[float, Column("How bad; 0.5 plainly visible.", UNIT_INTERVAL)]
    colour_cast_probability: Annotated[float, Column("Belief in a colour cast.", UNIT_INTERVAL)]
    colour_cast_severity: Annotated[float, Column("How bad; 0.5 plainly visible.", UNIT_INTERVAL)]
    low_contrast_probability: Annotated[float, Column("Belief in low contrast.", UNIT_INTERVAL)]
    low_contrast_severity: Annotated[float, Column("How bad; 0.5 plainly visible.", UNIT_INTERVAL)]
    jpeg_blocks_probability: Annotated[float, Column("Belief in visible JPEG blocks.", UNIT_INTERVAL)]
    jpeg_blocks_severity: Annotated[float, Column("How bad; 0.5 plainly visible.", UNIT_INTERVAL)]
    low_resolution_probability: Annotated[float, Column("Belief that detail is missing for the size.", UNIT_INTERVAL)]
    low_resolution_severity: Annotated[float, Column("How bad; 0.5 plainly visible.", UNIT_INTERVAL)]
    scratch_probability: Annotated[float, Column("Belief in scratches.", UNIT_INTERVAL)]
    scratch_severity: Annotated[float, Column("How bad; 0.5 plainly visible.", UNIT_INTERVAL)]
    crease_probability: Annotated[float, Column("Belief in creases.", UNIT_INTERVAL)]
    crease_severity: Annotated[float, Column("How bad; 0.5 plainly visible.", UNIT_INTERVAL)]
    stain_probability: Annotated[float, Column("Belief in stains or foxing.", UNIT_INTERVAL)]
    stain_severity: Annotated[float, Column("How bad; 0.5 plainly visible.", UNIT_INTERVAL)]
    tear_probability: Annotated[float, Column("Belief in tears or missing parts.", UNIT_INTERVAL)]
    tear_severity: Annotated[float, Column("How bad; 0.5 plainly visible.", UNIT_INTERVAL)]
    dust_probability: Annotated[float, Column("Belief in dust or small spots.", UNIT_INTERVAL)]
    dust_severity: Annotated[float, Column("How bad; 0.5 plainly visible.", UNIT_INTERVAL)]
    mask_share: Annotated[float, Column("Share under the mask of structured damage.", SHARE)]
    plan: Annotated[tuple[str, ...], Column("Treatments that follow from the report, in order.")]
    measures: Measures
    engine: Annotated[str, Column("Who judged: classical or own.")]
    weights_sha256: Weights
    settings_hash: SettingsHash
    code_version: CodeVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentRow:
    """One row for each treatment tried on a photograph and for each file written for it."""

    run_id: RunId
    asset_id: AssetId
    stage: Annotated[Stage, Column("Stage of the night: restore, modernize or publish; film for a reel.")]
    step: Annotated[str, Column("The treatment, or the kind of file: result, access, damage, provenance.")]
    position: Annotated[int, Column("Order within the stage, from 0.", arrow=INT32)]
    because: Annotated[str | None, Column("Kind of damage that called for it.")] = None
    strength: Annotated[float | None, Column("Planned strength.", UNIT_INTERVAL)] = None
    verdict: Annotated[Verdict, Column("What the do-no-harm checks decided.")]
    reason: Annotated[str | None, Column("Why, in a phrase.")] = None
    measures: Measures
    engine: Annotated[str, Column("What did it: classical, or the name of a network.")]
    weights_sha256: Weights = None
    settings_hash: SettingsHash
    seed: Annotated[int | None, Column("Seed of its random choices.")] = None
    code_version: CodeVersion
    output_path: Annotated[str | None, Column("The file, below output_uri.")] = None
    output_sha256: Annotated[str | None, Column("SHA-256 of the file, read back after writing.")] = None
    output_bytes: Annotated[int | None, Column("Size of the file.", "bytes")] = None
    seconds: Annotated[float | None, Column("Time it took.", "s")] = None
    digital_source_type: Annotated[
        str | None,
        Column(
            "Last part of the code at http://cv.iptc.org/newscodes/digitalsourcetype that the file itself carries; "
            "null: none, or no file."
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleRegionRow:
    """One row for each region of a modernized photograph and the reference it took its look from."""

    run_id: RunId
    asset_id: AssetId
    region: Annotated[int, Column("Number of the region in this photograph, from 0.", arrow=INT32)]
    mask_rle: Annotated[str, Column("The region's pixels as run lengths at the mask's size.")]
    mask_width_px: Annotated[int, Column("Width of the mask.", "px", INT32)]
    mask_height_px: Annotated[int, Column("Height of the mask.", "px", INT32)]
    share: Annotated[float, Column("Share of the picture.", SHARE)]
    reference_id: Annotated[str | None, Column("SHA-256 of the chosen reference; null: the region keeps its style.")]
    similarity: Annotated[float, Column("How well the chosen reference fits.", UNIT_INTERVAL)]
    weight: Annotated[float, Column("Weight of the reference in the result.", UNIT_INTERVAL)]
    shift_l: Annotated[float, Column("Mean change of lightness.", "CIELAB L*")]
    shift_a: Annotated[float, Column("Mean change on the green-red axis.", "CIELAB a*")]
    shift_b: Annotated[float, Column("Mean change on the blue-yellow axis.", "CIELAB b*")]
    settings_hash: SettingsHash


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceRow:
    """One row for each picture offered as a reference, taken or refused."""

    run_id: RunId
    reference_id: Annotated[str | None, Column("SHA-256 of the file; null if it could not be read.")]
    source_uri: Annotated[str, Column("Where it was listed.")]
    key: Annotated[str, Column("Its name below source_uri.")]
    etag: Annotated[str, Column("Entity tag when listed.")]
    size_bytes: Annotated[int, Column("Size when listed.", "bytes")]
    accepted: Annotated[bool, Column("Whether it may serve as a reference.")]
    reason: Annotated[str | None, Column("Why it was refused: a short code.")]
    width_px: Annotated[int | None, Column("Width.", "px", INT32)]
    height_px: Annotated[int | None, Column("Height.", "px", INT32)]
    licence: Annotated[str | None, Column("Licence, where LICENCES.csv beside it says so.")]
    style: Annotated[str | None, Column("Description of its regions' look, as JSON.")]
    settings_hash: SettingsHash
    set_name: Annotated[str | None, Column("The curated set it was offered to; null: a plain folder.")] = None
    copy_of: Annotated[str | None, Column("reference_id of the better picture that shows the same.")] = None
    describer: Annotated[str | None, Column("What made the vectors it is found by.")] = None
    weights_sha256: Weights = None
    description: Annotated[
        str | None, Column("Those vectors and the colours of its regions: a safetensors file in base64.")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmRow:
    """One row for each reel restored."""

    run_id: RunId
    asset_id: AssetId
    source_uri: Annotated[str, Column("Where it was listed.")]
    key: Annotated[str, Column("Its name below source_uri.")]
    width_px: Annotated[int, Column("Width of a frame.", "px", INT32)]
    height_px: Annotated[int, Column("Height of a frame.", "px", INT32)]
    frames_in: Annotated[int, Column("Frames decoded.")]
    frames_out: Annotated[int, Column("Frames written.")]
    frame_rate: Annotated[str | None, Column("Frame rate as a fraction; null if variable.", "frames per second")]
    shots: Annotated[int, Column("Shots found.", arrow=INT32)]
    has_audio: Annotated[bool, Column("Whether a sound stream was carried over.")]
    engine: Annotated[str, Column("What restored it.")]
    weights_sha256: Weights
    settings_hash: SettingsHash
    output_path: Annotated[str, Column("The restored reel, below output_uri.")]
    output_sha256: Annotated[str, Column("Its SHA-256.")]
    form: Annotated[str | None, Column("Container of the reel, or frame folder.")] = None
    codec: Annotated[str | None, Column("What its frames are packed with.")] = None
    pixel_format: Annotated[str | None, Column("Form of its samples, in FFmpeg's words; the master's is the same.")] = (
        None
    )
    bit_depth: Annotated[int | None, Column("Bits for each sample.", "bit", INT32)] = None
    duration: Annotated[float | None, Column("From the first frame to the end of the last.", "s")] = None
    timecode: Annotated[str | None, Column("Timecode of the first frame.")] = None
    sound: Annotated[tuple[str, ...], Column("Each sound stream: codec, rate, channels, language.")] = ()
    repairs: Annotated[
        tuple[str, ...], Column("Frames that could not be had as they were, and how each was mended: number, how.")
    ] = ()
    notes: Annotated[tuple[str, ...], Column("What is missing, odd, or could not be kept, a sentence each.")] = ()
    frames_sha256: Annotated[
        str | None, Column("SHA-256 of the lower-case hex SHA-256 of every restored frame's samples, a line each.")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One row for each preservation event (PREMIS 3)."""

    run_id: RunId
    event_id: Annotated[str, Column("UUID, derived from the event's content.")]
    event_type: Annotated[EventType, Column("Code at http://id.loc.gov/vocabulary/preservation/eventType.")]
    happened_at: Annotated[datetime, Column("When it happened.", "UTC")]
    outcome: Annotated[Outcome, Column("How it ended.")]
    detail: Annotated[str, Column("What was done, in a sentence.")]
    asset_id: Annotated[str | None, Column("The photograph it concerns.")]
    key: Annotated[str, Column("Name of the master below its source.")]
    object_path: Annotated[str | None, Column("The derived file, below output_uri; null: the master itself.")]
    object_sha256: Annotated[str | None, Column("SHA-256 of the object concerned.")]
    agent: Annotated[str, Column("Software or person that acted.")]
    agent_version: Annotated[str, Column("Version of the software.")]
    weights_sha256: Weights


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRow:
    """One row for each decision a person made about a result."""

    run_id: RunId
    asset_id: AssetId
    output_sha256: Annotated[str, Column("SHA-256 of the result that was looked at.")]
    decision: Annotated[Literal["accept", "reject", "redo"], Column("What was decided.")]
    note: Annotated[str | None, Column("The reviewer's words.")]
    reviewer: Annotated[str, Column("Who decided.")]
    reviewed_at: Annotated[datetime, Column("When.", "UTC")]
    redo_with: Annotated[str | None, Column("What a redo asks for, as canonical JSON; null: another try.")] = None


ROW_CLASSES = {
    "runs": RunRow,
    "assets": AssetRow,
    "duplicates": DuplicateRow,
    "damage": DamageRow,
    "treatments": TreatmentRow,
    "style_regions": StyleRegionRow,
    "references": ReferenceRow,
    "films": FilmRow,
    "events": EventRow,
    "reviews": ReviewRow,
}
"""Row class of each table, by the table's name."""

Row = (
    RunRow
    | AssetRow
    | DuplicateRow
    | DamageRow
    | TreatmentRow
    | StyleRegionRow
    | ReferenceRow
    | FilmRow
    | EventRow
    | ReviewRow
)

SCHEMAS: dict[str, pa.Schema] = {name: arrow_schema(row, SCHEMA_VERSION) for name, row in ROW_CLASSES.items()}
"""Arrow schema of each table, by the table's name."""
