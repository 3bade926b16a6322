"""SAML accounts: BundID first, and no other makes it looser; how the others differ is data (``profiles``).

Promises: a request carries only what the login needs and is signed by the vault; an answer becomes an ``Assertion``
only after every numbered check of ``response``; private keys never reach an XML library; no XML leaves this room.
"""
