"""Accounts that speak OpenID Connect, today those of the staff.

Promises: code flow with PKCE only; the provider's answer counts for the login that asked (state, nonce, ``iss``) and
for us (audience) or not at all; our client key stays in the vault; no foreign token survives beyond this room.
"""
