"""By which rules certificates are judged: purpose, chain, revocation. All of it comes from files."""

from dataclasses import replace
from typing import Any, Final

from asn1crypto.crl import CertificateList
from asn1crypto.ocsp import OCSPResponse
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import (
    NO_REVOCATION,
    REQUIRE_REVINFO,
    CertRevTrustPolicy,
    RevocationCheckingPolicy,
    RevocationCheckingRule,
)
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer

from postbox.seals.trust import Trust

# RFC 5280 4.2.1.3: what a seal or signature may be made with. EN 319 412-2 4.3.2: contentCommitment, alone or not.
_USAGE: Final = {"non_repudiation", "digital_signature"}
# Where purposes are named at all, one of them is for documents (RFC 9336) or mail, as issuers write it.
_PURPOSES: Final = {"document_signing", "email_protection", "1.3.6.1.5.5.7.3.36", "adobe_authentic_documents_trust"}
_IF_DECLARED: Final = RevocationCheckingPolicy(
    RevocationCheckingRule.CHECK_IF_DECLARED, RevocationCheckingRule.CHECK_IF_DECLARED
)
_FORBIDDEN: Final = {"key_cert_sign", "crl_sign"}


def specification(trust: Trust, reader: PdfFileReader) -> SignatureValidationSpec:
    """The rules for one document, with the revocation data that it and the operator's folder hold."""
    return SignatureValidationSpec(
        cert_validation_policy=CertValidationPolicySpec(
            trust_manager=trust.manager(), revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO)
        ),
        ts_cert_validation_policy=CertValidationPolicySpec(
            trust_manager=trust.stamping_manager(), revinfo_policy=CertRevTrustPolicy(_IF_DECLARED)
        ),
        revinfo_gathering_policy=RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY),
        local_knowledge=_knowledge(trust, reader),
        key_usage_settings=KeyUsageConstraints(
            key_usage=_USAGE,
            key_usage_forbidden=_FORBIDDEN,
            extd_key_usage=_PURPOSES,
            explicit_extd_key_usage_required=False,
        ),
    )


def without_revocation(spec: SignatureValidationSpec) -> SignatureValidationSpec:
    """The same rules, but for revocation: only to tell people what is missing, never to accept."""
    names = ("cert_validation_policy", "ts_cert_validation_policy")
    unchecked = CertRevTrustPolicy(NO_REVOCATION)
    return replace(spec, **{name: replace(getattr(spec, name), revinfo_policy=unchecked) for name in names})


def _knowledge(trust: Trust, reader: PdfFileReader) -> LocalKnowledge:
    crls = trust.revocations()
    try:
        store: Any = DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return LocalKnowledge(known_crls=crls)
    responses = [OCSPResponse.load(one.get_object().data) for one in store.ocsps]
    return LocalKnowledge(
        known_ocsps=[one for response in responses for one in OCSPContainer.load_multi(response)],
        known_crls=[*crls, *(CRLContainer(CertificateList.load(one.get_object().data)) for one in store.crls)],
        known_certs=list(store.load_certs()),
    )
