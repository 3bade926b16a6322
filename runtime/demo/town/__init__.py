"""The sample town's online services: applications of the gate, as a newcomer would write them.

``/urkunde`` requests a certificate and gets its answer in the postbox; ``/gewerbe`` shows what an organisation tells.

It promises to import no house: Authlib for OpenID Connect, requests for the postbox, its own SQLite file. What it shows
is what any application can do; ``gate.py`` and ``postbox.py`` are the two pages to copy from.
"""
