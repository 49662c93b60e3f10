"""With which certificate results are signed, if they are: C2PA manifests, off unless certificate and key are named."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Algorithm = Literal["es256", "es384", "es512", "ps256", "ps384", "ps512", "ed25519"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningSettings:
    """The archive's certificate and key; nothing is signed while they are not named."""

    certificates: Path | None = None
    """PEM file of the archive's certificate, the intermediate ones after it, the root left out or last."""

    private_key: Path | None = None
    """PEM file of its private key (PKCS#8, without a passphrase); read, never copied, never recorded."""

    algorithm: Algorithm = "es256"
    """Signature algorithm of the key."""

    timestamp_url: str | None = None
    """A time-stamping authority (RFC 3161); None: signatures hold no time but the certificate's own span."""

    def __post_init__(self) -> None:
        """Refuse a certificate without a key, and the other way round."""
        if (self.certificates is None) != (self.private_key is None):
            raise ValueError("signing needs both certificates and private_key, found one of them; give both or neither")

    @property
    def wanted(self) -> bool:
        """Whether results are to be signed."""
        return self.certificates is not None
