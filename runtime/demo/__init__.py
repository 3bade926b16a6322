"""The demo: a sample town, a story that walks through it, a mail catcher, and everything prepared in one data folder.

It promises to show both houses as they are: every login, notice and proof goes through the real protocols, and the
town is an application like any other, which knows only OpenID Connect and the postbox's API. Persons and offices are
invented.
"""
