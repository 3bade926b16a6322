"""Metadata: what we and an identity provider tell each other before the first login.

Promises: ours keep BundID's hard rules (interface description 7.2); of theirs only what was read from a well-formed,
bounded document of one entity counts, and only its keys.
"""
