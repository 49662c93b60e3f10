"""Sign results with the archive's certificate: a C2PA manifest that says what was done, to which master.

Needs the extra ``oldphoto[c2pa]``. The ingredient is the master by its digest alone: neither its bytes nor a thumbnail
of it leave the archive with the result. A signature holds chance, so a signed file made again is not the same bytes;
its pixels are.
"""

import hashlib
import io
import json
import ssl
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

import numpy as np

from oldphoto_core.scan.lineage import Lineage
from oldphoto_core.scan.source_type import VOCABULARY
from oldphoto_core.scan.vips import as_image, encode
from tasks.signing_settings import SigningSettings

_PLAIN = {"builder": {"thumbnail": {"enabled": False}}}
_MASTER = "master"


class SigningError(ValueError):
    """Results are to be signed and cannot be: the package is missing, or certificate and key are of no use."""


@dataclass(frozen=True, slots=True)
class Signing:
    """How to sign, with everything read that is needed."""

    algorithm: str
    """Signature algorithm."""

    certificates: bytes
    """The certificate chain, PEM."""

    private_key: bytes
    """The key, PEM."""

    timestamp_url: str | None
    """A time-stamping authority; None: none."""

    def __repr__(self) -> str:
        """Name the certificate, never the key."""
        return f"Signing({self.algorithm}, certificate {self.fingerprint})"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the archive's certificate (its DER form), hexadecimal."""
        first = self.certificates.decode("ascii").partition("-----END CERTIFICATE-----")
        start = first[0].index("-----BEGIN CERTIFICATE-----")
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(first[0][start:] + first[1])).hexdigest()

    def sign(
        self, file: Path, signed: Path, *, title: str, media_type: str, lineage: Lineage, source_type: str | None
    ) -> None:
        """Write a signed copy of a picture.

        Args:
            file: The finished picture.
            signed: Where the signed one goes; a file of that name is replaced.
            title: What the manifest calls it.
            media_type: Its media type.
            lineage: Where it comes from.
            source_type: Code of its digital source type; None: none is known.

        Raises:
            SigningError: It cannot be signed.
        """
        manifest = _manifest(lineage, source_type, title=title, media_type=media_type)
        with file.open("rb") as source, signed.open("w+b") as target:
            self.sign_stream(source, target, manifest, media_type)

    def sign_stream(self, source: IO[bytes], target: IO[bytes], manifest: dict[str, Any], media_type: str) -> None:
        """Write a signed copy of a picture with this manifest; the library reads it back and checks it.

        Raises:
            SigningError: It cannot be signed.
        """
        c2pa = _package()
        url = self.timestamp_url.encode() if self.timestamp_url else None
        try:
            info = c2pa.C2paSignerInfo(self.algorithm.encode(), self.certificates, self.private_key, url)
            with (
                c2pa.Signer.from_info(info) as signer,
                c2pa.Context.from_dict(_PLAIN) as context,
                c2pa.Builder.from_json(json.dumps(manifest), context) as builder,
            ):
                builder.sign(signer, media_type, source, target)
        except c2pa.C2paError as error:
            raise SigningError(f"cannot sign with certificate {self.fingerprint}: {error}") from error


@lru_cache(maxsize=4)
def signing_of(settings: SigningSettings) -> Signing | None:
    """Return how to sign; None if nothing is to be signed. The files are read once, then anew by ``check_signing``.

    Raises:
        SigningError: A file cannot be read, or holds no PEM certificate.
    """
    if settings.certificates is None or settings.private_key is None:
        return None
    certificates, key = (_read(path) for path in (settings.certificates, settings.private_key))
    signing = Signing(settings.algorithm, certificates, key, settings.timestamp_url)
    try:
        _ = signing.fingerprint
    except ValueError as error:
        raise SigningError(
            f"{settings.certificates} holds no certificate in PEM form; give the chain as PEM, the archive's own first"
        ) from error
    return signing


def check_signing(settings: SigningSettings) -> None:
    """Sign a grey square in memory, so that a night does not find out at its end that it cannot sign.

    Raises:
        SigningError: The package is missing, or certificate and key cannot sign; the message says which.
    """
    signing_of.cache_clear()
    signing = signing_of(settings)
    if signing is None:
        return
    square = encode(as_image(np.full((16, 16, 1), 128, np.uint8), interpretation="b-w"), "jpeg")
    created = {"action": "c2pa.created", "digitalSourceType": f"{VOCABULARY}algorithmicMedia"}
    manifest = {"claim_generator_info": [{"name": "oldphoto"}], "assertions": [_actions([created])]}
    signing.sign_stream(io.BytesIO(square), io.BytesIO(), manifest, "image/jpeg")


def _manifest(lineage: Lineage, source_type: str | None, *, title: str, media_type: str) -> dict[str, Any]:
    agent = {"name": "oldphoto", "version": lineage.code_version}
    opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": [_MASTER]}}
    edits = [{"action": "c2pa.edited", "softwareAgent": agent, "description": str(step)} for step in lineage.steps]
    if edits and source_type is not None:
        for edit, step in zip(edits, lineage.steps, strict=True):
            learned = step.weights_sha256 is not None
            code = "compositeWithTrainedAlgorithmicMedia" if learned else "algorithmicallyEnhanced"
            edit["digitalSourceType"] = VOCABULARY + code
    if lineage.kind == "access":
        edits += [{"action": "c2pa.resized", "softwareAgent": agent}, {"action": "c2pa.transcoded"}]
    return {
        "claim_generator_info": [agent],
        "title": title,
        "format": media_type,
        "ingredients": [
            {
                "title": f"master {lineage.asset_id}",
                "label": _MASTER,
                "relationship": "parentOf",
                "instance_id": f"urn:sha256:{lineage.master_sha256}",
                "description": f"the master, by the SHA-256 of its bytes: {lineage.master_sha256}",
            }
        ],
        "assertions": [_actions([opened, *edits])],
    }


def _actions(actions: list[dict[str, Any]]) -> dict[str, Any]:
    return {"label": "c2pa.actions.v2", "data": {"actions": actions}}


def _read(path: Path) -> bytes:
    try:
        return path.expanduser().read_bytes()
    except OSError as error:
        raise SigningError(f"cannot read {path}, which the signing settings name: {error.strerror}") from error


def _package() -> Any:  # noqa: ANN401 - a module
    try:
        import c2pa  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise SigningError("signing needs the package c2pa-python: pip install 'oldphoto[c2pa]'") from error
    return c2pa
