"""Proof: events, hash chain, log, receipts and the bundle, and the verifier that needs none of the rest of us.

It promises: what is retained holds salted commitments, never plain digests; every byte that is hashed or signed is
canonical JSON (RFC 8785) or a format fixed by a standard; verification takes its trust anchors from the verifier's own
side, never from the thing verified, ends in a report, never in a traceback, and says what is not proven.
"""
