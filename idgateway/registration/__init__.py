"""Applications that come while the gate runs: brought by its operator, or by themselves with an invitation.

Promises: what is registered keeps the same rules as what is configured; nobody comes without an invitation, and nobody
by it receives more than it says; an address of an application is fetched by the hardened way only; tokens and secrets
are shown once and kept as hashes (RFC 7591, RFC 7592, OpenID Connect Dynamic Client Registration 1.0).
"""
