"""THE STAND-IN: an identity provider of its own that speaks BundID's SAML dialect, so that tests need no real one.

It promises: a request is judged as BundID judges it, in BundID's order and with BundID's ``idp.code``; an answer
carries only what was asked, each value with the trust BundID would put in it, signed with RSA-PSS and encrypted with
AES-256-GCM; a broken answer is broken in exactly the place its name in the ``catalogue`` says. A service's own tests
need no pages: ``GET /catalogue`` lists what there is, and a request that names person and fault is answered at once
(``direct``). Beside it stands a small OpenID Connect provider for staff.

It shares no code with the gate and none with the vault, so that an error made there is not made here a second time.
It is plainly a simulator: grey, without BundID's name as its own, and its key says so in its certificate. What it
remembers lives in one process and dies with it.
"""
