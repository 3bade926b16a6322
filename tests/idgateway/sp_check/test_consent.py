"""Whom the check may contact: this machine, private networks, hosts named as one's own; BundID never."""

import pytest

from idgateway.sp_check.consent import NEVER, check_contact
from idgateway.sp_check.errors import TargetRefused


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "::1", "10.1.2.3", "192.168.7.1", "172.16.0.9", "fd00::1", "fe80::1%eth0"]
)
def test_this_machine_and_private_networks_may_be_contacted(address):
    """Without being asked."""
    check_contact("service.intern", (address,), ())


@pytest.mark.parametrize("addresses", [("8.8.8.8",), ("2001:4860:4860::8888",), ("10.0.0.1", "8.8.8.8")])
def test_a_public_host_has_to_be_named(addresses):
    """The refusal tells how; one public address is enough to be public."""
    with pytest.raises(TargetRefused) as told:
        check_contact("Service.Example.", addresses, ())
    assert told.value.cure == "If you may test it: --i-may-test service.example"
    check_contact("Service.Example.", addresses, ("service.example",))
    with pytest.raises(TargetRefused):
        check_contact("other.service.example", addresses, ("service.example",))


@pytest.mark.parametrize("host", [*NEVER, "int.id.bund.de", "int.zbp.bund.de", "ID.BUND.DE", "id.bund.de."])
def test_the_real_accounts_are_never_contacted(host):
    """Neither named nor private."""
    with pytest.raises(TargetRefused, match="real account service"):
        check_contact(host, ("127.0.0.1",), (host,))


def test_a_host_that_only_sounds_like_one_is_no_account():
    """The twin: the end of the name counts by labels."""
    check_contact("notid.bund.de.localhost", ("127.0.0.1",), ())
    check_contact("notid.bund.de", ("8.8.8.8",), ("notid.bund.de",))
    check_contact("antrag.amt.bund.de", ("8.8.8.8",), ("antrag.amt.bund.de",))


def test_a_name_that_stands_for_nothing_is_told():
    """Most often a slip of the pen."""
    with pytest.raises(TargetRefused, match="has no address"):
        check_contact("sevrice.test", (), ())
