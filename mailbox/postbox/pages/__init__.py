"""The postbox's pages: the citizen's list and documents, the caseworker's cases, and the public check of a proof.

It promises: nothing is shown below the level a notice asks for; a page works without JavaScript; nobody ever sees a
mailbox handle; and what a caseworker does here goes through the same use cases as the API.
"""
