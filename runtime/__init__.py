"""The front door: settings, databases, web shell, supervisor, worker, command line and the demo.

It promises to plug both houses together and to know nothing of what they decide; no house imports it.
"""
