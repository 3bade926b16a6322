"""BundID's SAML, and nothing looser.

Promises: a request carries only what the login needs and is signed by the vault; an answer becomes an ``Assertion``
only after every numbered check of ``response``; private keys never reach an XML library; no XML leaves this room.
"""
