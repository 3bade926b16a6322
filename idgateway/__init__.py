"""THE GATE: BundID and other accounts on one side, an OpenID Provider on the other.

It promises: a level of assurance is never invented and never upgraded in passing; an application receives only what it
is registered for; nothing is read from an answer before it is verified; and no private key is ever outside the vault.
"""
