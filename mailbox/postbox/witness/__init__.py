"""The witness: watches the logs of others, for instance another town's (C2SP tlog-witness), and signs what it saw.

It promises: it never signs two histories of one log, remembers durably before it answers, and needs nothing of the
postbox it watches: no database, no secret, only that log's public key.
"""
