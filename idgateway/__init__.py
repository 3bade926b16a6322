"""The gate: an online service says "log in with BundID" over plain OpenID Connect.

It promises: a login reaches the level that was asked for or fails; an application receives only what was agreed with
it; two towns never see the same identifier of a person; nothing unverified crosses from ``upstream`` to ``provider``.
"""
