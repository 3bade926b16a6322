"""The web shell: one look, one set of headers and two languages around every house, without any house importing it.

Promises: ``dress(app, …)`` gives an application the base template ``shell/base.html`` and the macros of
``shell/kern.html``, a request id, security headers with a strict Content Security Policy, protection of forms, German
and English, legal pages and fallback error pages. Nothing of it needs JavaScript, a cookie banner or another server.
"""

from runtime.shell.dressing import dress

__all__ = ["dress"]
