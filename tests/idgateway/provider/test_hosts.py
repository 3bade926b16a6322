"""Which hosts are hosts, and which addresses lead to the internet and nowhere else (catalogue J14, T8)."""

import pytest

from idgateway.provider.hosts import is_host, is_public, split

# What stands inside, and by which rule; each private one has its public twin in the same form where that form is public.
EMBEDDED = {
    "mapped (RFC 4291 2.5.5.2)": ("::ffff:10.0.0.1", "::ffff:9.9.9.9"),
    "NAT64 (RFC 6052)": ("64:ff9b::10.0.0.1", "64:ff9b::9.9.9.9"),
    "NAT64 to this machine": ("64:ff9b::127.0.0.1", "64:ff9b::9.9.9.10"),
    "NAT64 to the clouds' metadata": ("64:ff9b::169.254.169.254", "64:ff9b::149.112.112.112"),
    "6to4 (RFC 3056)": ("2002:a00:1::1", "2002:909:909::1"),
    "6to4 of a home network": ("2002:c0a8:101::1", "2002:909:90a::1"),
    "ISATAP (RFC 5214), local": ("2620:fe::5efe:10.0.0.1", "2620:fe::5efe:9.9.9.9"),
    "ISATAP (RFC 5214), universal": ("2620:fe::200:5efe:192.168.1.1", "2620:fe::200:5efe:9.9.9.9"),
}
NEVER = (
    "64:ff9b:1::a00:1",  # RFC 8215: a translator of somebody's own, wherever its IPv4 address stands
    "64:ff9b:1::909:909",
    "64:ff9b:1:a00:0:100::",
    "::ffff:0:10.0.0.1",  # SIIT (RFC 2765 2.1)
    "::ffff:0:9.9.9.9",
    "::10.0.0.1",  # RFC 4291 2.5.5.1
    "::9.9.9.9",
    "2001:0:a00:1::1",  # Teredo (RFC 4380), server inside
    "2001:0:909:909:0:0:f5ff:fffe",  # Teredo, client inside
    "2001:0:909:909:0:0:f6f6:f6f6",
    "100::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "4000::1",
    "fc00::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "::",
    "::1",
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "no address",
    "",
)


@pytest.mark.parametrize("form", EMBEDDED)
def test_j14_what_embeds_a_private_address_is_private(form: str):
    """And only that: the same form around a public one is public."""
    private, public = EMBEDDED[form]
    assert not is_public(private)
    assert is_public(public)


@pytest.mark.parametrize("address", NEVER)
def test_j14_what_is_given_out_to_nobody_is_not_public(address: str):
    """Ranges for translators, tunnels, papers and machines themselves; their twins are ordinary hosts."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ["9.9.9.9", "2620:fe::9", "2a01:4f8::1", "2003::1"])
def test_j14_what_is_given_out_is_public(address: str):
    """The twins of all of them."""
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        *("a;b.example", "a,b.example", "a'b.example", "a&b.example", "a=b.example", "a+b.example", "a!b.example"),
        *("a_b.example", "-a.example", "a-.example", "a..example", "a.example.", ".example", "", "ä.example", "a b"),
        *("x" * 64 + ".example", ".".join(["x" * 60] * 5), "1.2.3", "2130706433", "127.1", "0x7f.0.0.1", "0x7f"),
        *("1.2.3.256", "fe80::1%eth0", "[::1]"),
    ],
)
def test_t8_what_is_no_host_is_none(host: str):
    """Separators of lists, wildcards' neighbours, old spellings of numbers: nothing that two readers read in two ways."""
    assert not is_host(host)
    assert split(f"https://{host}/") is None or host == "[::1]"


@pytest.mark.parametrize(
    "host", ["rp.example", "xn--mller-kva.example", "a-b.c1.example", "localhost", "9.9.9.9", "::1"]
)
def test_t8_a_name_or_an_address_is_a_host(host: str):
    """The twins; in an address of the web they stand alone, with at most a port."""
    assert is_host(host)
    there = f"[{host}]" if ":" in host else host
    for fine in (f"https://{there}/", f"https://{there}:8443/x?y=a;b,c", f"https://{there.upper()}"):
        assert split(fine) is not None, fine
    for wrong in (f"https://{there}:/", f"https://{there}:080/", f"https://u@{there}/", f"https://@{there}/"):
        assert split(wrong) is None, wrong
    assert split(f"https://{there}:x/") is None
