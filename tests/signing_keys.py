"""A certificate authority for one test, and a certificate of it that may sign."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PEM = serialization.Encoding.PEM


@dataclass(frozen=True)
class Keys:
    certificates: Path
    """The chain, the signing certificate first."""

    private_key: Path

    anchor: str
    """The authority's own certificate, PEM."""


def write_keys(folder: Path, *, days: int = 30) -> Keys:
    """Write a chain and a key; with negative days the certificate has run out."""
    folder.mkdir(parents=True, exist_ok=True)
    root, leaf = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    unused = "content_commitment key_encipherment data_encipherment key_agreement encipher_only decipher_only"
    usage = dict.fromkeys(unused.split(), False)
    signs = x509.KeyUsage(digital_signature=True, key_cert_sign=False, crl_sign=False, **usage)
    certifies = x509.KeyUsage(digital_signature=False, key_cert_sign=True, crl_sign=True, **usage)
    authority = _builder("Test authority", root, days=30)
    authority = authority.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    authority = authority.add_extension(certifies, critical=True)
    own = _builder("Test museum", leaf, days=days)
    own = own.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    own = own.add_extension(signs, critical=True)
    own = own.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    issued_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key())
    own = own.add_extension(issued_by, critical=False)
    anchor = authority.sign(root, hashes.SHA256()).public_bytes(PEM)
    chain = own.sign(root, hashes.SHA256()).public_bytes(PEM) + anchor
    (folder / "chain.pem").write_bytes(chain)
    (folder / "key.pem").write_bytes(
        leaf.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return Keys(folder / "chain.pem", folder / "key.pem", anchor.decode())


def _builder(name: str, key: ec.EllipticCurvePrivateKey, *, days: int) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    subject, issuer = (
        x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, one), x509.NameAttribute(NameOID.COMMON_NAME, one)])
        for one in (name, "Test authority")
    )
    start = now - dt.timedelta(days=60)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(start)
    builder = builder.not_valid_after(now + dt.timedelta(days=days))
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
