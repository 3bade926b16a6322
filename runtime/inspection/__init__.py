"""Looks at an installation before and while it serves: parts, keys, files, certificates, databases, clock.

It promises to change nothing, to reach out to nobody, and to name for everything that is wrong a cause and a cure.
``tour.inspect`` walks through all of it.
"""
