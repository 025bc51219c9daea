"""Certificates and meter points on devices as values: 6.15, 6.17, 6.20, 6.21, 6.23, 6.24 and 8.5.

Certificates are DER; what they say is ``schemas.certificates``'s to read. Source of names, order and limits: the
DUIS 5.4 schema, ``duis/credentials.xsd`` and ``duis/configuration.xsd``.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from schemas.elements import At, Element

CertificationPath = Annotated[tuple[bytes, ...], At("CertificationPathCertificates/Certificate")]
"""1 to 3 certificates up to the root, DER."""


class RemotePartyRole(StrEnum):
    """Whose certificates a device holds."""

    ACCESS_CONTROL_BROKER = "ACB"
    LOAD_CONTROLLER = "LoadController"
    NETWORK_OPERATOR = "NetworkOperator"
    RECOVERY = "Recovery"
    ROOT = "Root"
    SUPPLIER = "Supplier"
    TRANSITIONAL_CHANGE_OF_SUPPLIER = "TransCoS"


class DeviceKeyUse(StrEnum):
    """Which of a device's own two key pairs."""

    DIGITAL_SIGNATURE = "Digital Signature"
    KEY_AGREEMENT = "Key Agreement"


class ReplacementCertificates(Element, frozen=True, kw_only=True):
    """DER. Which of them must be there depends on the service: the schema says."""

    digital_signing_certificate: bytes | None = None
    key_agreement_certificate: bytes | None = None
    key_agreement_top_up_certificate: bytes | None = None


class Handover(Element, frozen=True, kw_only=True):
    """6.21: from the DCC to the party that is to control the device. Floors are the lowest counters that the
    device accepts from then on, 63 bits."""

    execution_date_time: datetime | None = None
    remote_party_role: RemotePartyRole
    remote_party_floor_seq_number: int | None = None
    remote_party_prepayment_top_up_floor_seq_number: int | None = None
    replacement_certificates: ReplacementCertificates
    certification_path: CertificationPath
    apply_time_based_cpv_checks: bool


class OwnCredentialsUpdate(Element, frozen=True, kw_only=True):
    """6.15.1: a supplier or network operator replaces its own certificates, any of the three."""

    execution_date_time: datetime | None = None
    remote_party_role: RemotePartyRole
    remote_party_floor_seq_number: int | None = None
    remote_party_prepayment_top_up_floor_seq_number: int | None = None
    replacement_certificates: Annotated[
        ReplacementCertificates, At("ReplacementCertificates/SupplierOrNetworkOperatorCertificates")
    ]
    certification_path: CertificationPath
    apply_time_based_cpv_checks: bool


class ChangeOfSupplierUpdate(Element, frozen=True, kw_only=True):
    """6.23."""

    execution_date_time: datetime | None = None
    supplier_floor_seq_number: int
    supplier_prepayment_top_up_floor_seq_number: int | None = None
    supplier_replacement_certificates: ReplacementCertificates
    certification_path: CertificationPath
    apply_time_based_cpv_checks: bool
    import_mpxn: str


class OptOut(Element, frozen=True, kw_only=True):
    """8.5."""

    execution_date_time: datetime
    acb_floor_seq_number: int
    replacement_certificates: ReplacementCertificates
    certification_path: CertificationPath
    apply_time_based_cpv_checks: bool


class DeviceCertificate(Element, frozen=True, kw_only=True):
    """6.15.2: the certificate of the device's own new key, DER."""

    device_certificate: bytes


class DeviceKeyChoice(Element, frozen=True, kw_only=True):
    """6.17 (a new key pair) and 6.24.2 (its certificate)."""

    credential_type: DeviceKeyUse


class RolesToRead(Element, frozen=True, kw_only=True):
    """6.24.1: the certificates of one to seven roles."""

    remote_party_role: tuple[RemotePartyRole, ...]


class ImportMeterPointSetting(Element, frozen=True, kw_only=True):
    """6.20.1: one or two MPANs of an electricity meter (13 characters), or the MPRN of a gas meter (up to 10)."""

    execution_date_time: datetime | None = None
    import_mpan: Annotated[str | None, At("ImportMPANs/ImportMPAN")] = None
    secondary_import_mpan: Annotated[str | None, At("ImportMPANs/SecondaryImportMPAN")] = None
    import_mprn: str | None = None


class ExportMeterPointSetting(Element, frozen=True, kw_only=True):
    """6.20.2."""

    execution_date_time: datetime | None = None
    export_mpan: str
