"""What the gate knows of its SAML accounts, over time: fetched, judged, kept, followed, and told before it ends.

Promises: a document counts only when it passed ``upstream.saml.metadata.acceptance``; the last good one is kept in the
database and survives a restart while its source is away; nobody's login waits for a look at a source.

Who does what: the worker looks at addresses when a look is due (``refresh``), with a claim in the database, so any
number of workers may run and one that dies leaves its look to the next. The gate's processes fetch nothing: each takes
the newest kept document, or its replaced file, on the back of a login and at most once a minute (``following``). So
there is no thread in a web process, every process has the new keys a minute after one worker saw them, and a slow
identity provider delays nobody.
"""
