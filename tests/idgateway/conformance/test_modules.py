"""The table of modules tells the truth."""

from tests.idgateway.conformance.table import lines, modules


def test_every_module_has_its_test_or_a_reason():
    """A test of its name, or a sentence why not; never both, never neither."""
    found = list(modules())
    assert len(found) > 200
    assert {module.name for module in found if not module.test and not module.reason} == set(), "say why"
    assert {module.name for module in found if module.test and module.reason} == set(), "take the reason away"


def test_the_table_says_what_came_of_each():
    """A result for a test that ran, and the reason where there is none."""
    told = "\n".join(lines({"test_oidcc_codereuse": "passed"}))
    assert "passed  (test_basic_tokens.py)" in told
    assert "not run  (test_rp_initiated_logout.py)" in told
    assert "none: not offered" in told
