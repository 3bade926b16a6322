"""An answer as BundID gives it becomes an assertion, whatever variant of the allowed protections it uses."""

from tests.idgateway.upstream import idp


def test_a_good_answer_becomes_an_assertion(login):
    """Signed twice with PSS, encrypted with AES-256-GCM: the person, the level, and each attribute's trust come out."""
    assertion = login.answered()
    assert assertion.subject == idp.ERIKA[idp.OID["pairwise_id"]][0]
