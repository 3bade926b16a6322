"""The sample town's online service "Urkundenanforderung": an application of the gate, as a newcomer would write it.

It promises to import no house: Authlib for OpenID Connect, requests for the postbox, its own SQLite file. What it shows
is what any application can do; ``gate.py`` and ``postbox.py`` are the two pages to copy from.
"""
