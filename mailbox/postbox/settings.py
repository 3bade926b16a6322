"""The postbox's part of the configuration, typed and frozen.

No default stands here for anything that decides about security or law; an unknown key stops the start.
"""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Authority:
    """A town or other authority, known by its Amtlicher Regionalschlüssel (ARS, 12 digits)."""

    ars: str
    name: str
    land: str  # two letters, e.g. "HE": whose holidays count


@dataclass(frozen=True, kw_only=True)
class Retention:
    """How long one authority keeps the content of its notices here."""

    authority: str  # ARS
    years: int  # after the last event; never less than one, and never less than the remedy periods


@dataclass(frozen=True, kw_only=True)
class Smtp:
    """Where notifications are handed over."""

    host: str
    port: int
    sender: str
    starttls: bool
    username: str = ""
    password_file: Path | None = None


@dataclass(frozen=True, kw_only=True)
class TimeStampService:
    """A time-stamping authority (RFC 3161) whose word about time counts, and by which certificates it is known."""

    name: str
    url: str
    certificates: tuple[Path, ...]  # PEM: the anchors its tokens must lead to


@dataclass(frozen=True, kw_only=True)
class Witness:
    """An outsider who watches the log, for instance another town (C2SP tlog-witness)."""

    url: str  # the prefix before ``/add-checkpoint``
    verifier_key: str  # ``name+id+key``, as the witness publishes it


@dataclass(frozen=True, kw_only=True)
class RemoteSeal:
    """One authority's seal at a remote signing service (Cloud Signature Consortium API v2): the key stays there."""

    authority: str  # ARS
    url: str  # the API's base, without trailing slash: usually ends with /csc/v2
    credential_id: str
    client_id: str
    client_secret_file: Path
    certificates: tuple[Path, ...]  # PEM: the seal's own certificate, or the anchors its chain must lead to
    token_url: str = ""  # where tokens are given; empty: as the service says, but at its own address only
    pin_file: Path | None = None  # the credential's password, where it has one
    seconds: int = 10  # at most, for looking at the credential and for one signature


@dataclass(frozen=True, kw_only=True)
class TrustSettings:
    """Whom seals and signatures in documents are believed. Files only: nothing is fetched during a request."""

    anchors: tuple[Path, ...] = ()  # certificates a chain may end at, besides those of the trusted list
    trusted_list_file: Path | None = None  # ETSI TS 119 612
    trusted_list_certificates: tuple[Path, ...] = ()  # who must have signed it
    revocation_directory: Path | None = None  # *.crl, kept fresh by the operator


@dataclass(frozen=True, kw_only=True)
class PostboxSettings:
    """Everything the postbox needs to know before it starts."""

    public_url: str  # without trailing slash; also the audience of access tokens and delivery addresses
    issuer: str  # the gate
    keys_directory: Path
    database_url: str
    objects_directory: Path  # sealed documents
    smtp: Smtp
    citizen_client_id: str = "postbox"
    staff_client_id: str = "postbox-casework"
    # § 2(7), § 9 OZG: only a postbox that is part of a user account; empty means a town's own portal (§ 41(2a) VwVfG).
    part_of_user_account: str = ""  # the legal reference that makes it one
    log_origin: str = ""  # name of the transparency log; empty: the public URL without its scheme
    # The last time of day, in Berlin, at which a notice is made available; then at six in the morning. Empty: always.
    latest_publication: str = "22:00"
    # Asked in this order until one answers. None: the times are ours alone, and every proof says so.
    time_stamp_services: tuple[TimeStampService, ...] = ()
    time_stamp_seconds: int = 60  # at most between a recorded event and the question for its time stamp
    time_stamp_alarm_seconds: int = 900  # when events without a time stamp are older than this, the log says so
    witnesses: tuple[Witness, ...] = ()
    holidays_file: Path | None = None  # a legal editor's changes to the pinned table of holidays
    retention_years: int = 10  # of every authority that says nothing else
    retention: tuple[Retention, ...] = ()
    max_document_bytes: int = 20 * 1024 * 1024
    letters_directory: Path | None = None  # print jobs for the print room; none: nothing goes out on paper
    scanner: str = ""  # clamd: unix:/path or tcp:host:port; empty: documents are not checked for malware
    trust: TrustSettings = field(default_factory=TrustSettings)
    remote_seals: tuple[RemoteSeal, ...] = ()
    demo: bool = False
    authorities: tuple[Authority, ...] = ()
