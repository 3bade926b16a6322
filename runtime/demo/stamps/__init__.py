"""The demo's time-stamping authority: it really signs (RFC 3161), is not qualified and says so, and can lie on request.

It shares no code with the vault that judges its tokens. Honest at ``/``; every other path is a named fault.
"""
