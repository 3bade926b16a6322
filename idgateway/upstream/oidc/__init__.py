"""Accounts that speak OpenID Connect: citizens' and staff's.

Promises: code flow with PKCE only, pushed where the provider takes it; the answer counts for the login that asked
(state, nonce, ``iss``, a fresh login) and for us (audience) or not at all; a level comes from the operator's word or
from a listed ``acr``, and an attribute's level from a listed trust framework, never from silence; our client key stays
in the vault; no foreign token survives beyond this room.
"""
