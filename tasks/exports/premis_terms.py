"""The controlled words of PREMIS 3 that we use, each with its address at http://id.loc.gov/vocabulary/preservation.

Traps of that vocabulary: ``ima`` is a disk image, ``der`` among event types is decryption, and there is no term for
restoration, duplicate or review: a restoration is the creation of a derived object, a copy found is an appraisal.
"""

from dataclasses import dataclass
from typing import Any

VOCABULARY = "http://id.loc.gov/vocabulary/preservation/"

EVENT_TYPES = {
    "ing": "ingestion",
    "mes": "message digest calculation",
    "fix": "fixity check",
    "for": "format identification",
    "val": "validation",
    "mee": "metadata extraction",
    "mem": "metadata modification",
    "app": "appraisal",
    "qua": "quarantine",
    "unq": "unquarantine",
    "cre": "creation",
    "nor": "normalization",
    "mod": "modification",
    "mig": "migration",
    "rep": "replication",
    "tra": "transfer",
    "poa": "policy assignment",
    "dsg": "digital signature generation",
    "dig": "digital signature validation",
    "ipc": "information package creation",
    "dea": "deaccession",
    "dis": "dissemination",
    "vir": "virus check",
    "del": "deletion",
}
"""Words for the codes of ``events.event_type``."""

OUTCOMES = {"success": "suc", "fail": "fai", "warning": "war"}
"""Codes for the words of ``events.outcome``."""

Attributes = dict[str, str]


@dataclass(frozen=True, slots=True)
class Term:
    """A word of one of the lists."""

    scheme: str
    """The list, such as ``eventType``."""

    code: str
    """Its code, the last part of its address."""

    word: str
    """The word."""

    def element(self, tag: str) -> tuple[Any, ...]:
        """Return it as an element of premisrw.

        premisrw makes attribute names of its own spelling, a capital for each underscore: authorityURI needs three.
        """
        attributes = {
            "authority": self.scheme,
            "authority_u_r_i": f"{VOCABULARY}{self.scheme}",
            "value_u_r_i": f"{VOCABULARY}{self.scheme}/{self.code}",
        }
        return (tag, attributes, self.word)


def event_type(code: str) -> Term:
    """Return the term of an event's code; a code that is not in the list stands for itself."""
    return Term("eventType", code, EVENT_TYPES.get(code, code))


def outcome(word: str) -> Term:
    """Return the term of an outcome."""
    return Term("eventOutcome", OUTCOMES[word], word)


SHA256 = Term("cryptographicHashFunctions", "sha256", "SHA-256")
SOFTWARE = Term("agentType", "sof", "software")
PERSON = Term("agentType", "per", "person")
DERIVATION = Term("relationshipType", "der", "derivation")
HAS_SOURCE = Term("relationshipSubType", "hss", "has source")
STRUCTURAL = Term("relationshipType", "str", "structural")
IS_PART_OF = Term("relationshipSubType", "isp", "is part of")
AS_SOURCE = Term("eventRelatedObjectRole", "sou", "source")
AS_OUTCOME = Term("eventRelatedObjectRole", "out", "outcome")
EXECUTING = Term("eventRelatedAgentRole", "exe", "executing program")
VALIDATOR = Term("eventRelatedAgentRole", "val", "validator")
