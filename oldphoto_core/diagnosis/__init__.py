"""The damage report of a photograph, from measurements: what is wrong, how badly, and where."""

from oldphoto_core.diagnosis.classify import Diagnosis, DiagnosisSettings, diagnose

__all__ = ["Diagnosis", "DiagnosisSettings", "diagnose"]
