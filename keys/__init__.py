"""The vault: every private key of the house, and every act of cryptography with one.

It promises that a private key is read and checked once, at the start, and afterwards only lives inside ``Key`` objects
that do not print it; that each key serves one purpose within its window; and that whatever is opened or verified here
is either whole and genuine or an error. It knows no web, no database, no XML, no PDF and no citizen.

``keyring`` chooses, ``custody`` keeps, ``signing`` ``tokens`` ``sealing`` ``derivation`` act, ``jwk`` ``certificates``
show the public half, ``possession`` judges whether a caller holds a key of its own, ``timestamp`` what others stamped
(over ``cms`` and ``chains``), ``revocation`` what an authority says of its certificates; ``cades`` signs containers
(``assembly`` writes what ``cms`` reads); ``merkle`` is the arithmetic of the evidence log.
"""
