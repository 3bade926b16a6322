"""What applications see: an OpenID Provider.

Promises: only registered clients get an answer, only at their own exact address, only with what was agreed; codes work
once, and who uses one twice loses what the first use brought. Whatever a login brought hangs on one grant, and ends
with it at once: by logout, revocation or reuse, and at the latest when a session of its level would.
"""
