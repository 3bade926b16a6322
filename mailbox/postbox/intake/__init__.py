"""Intake: a notice and its recipient come in, are judged in three stages, sealed and stored.

It promises: may you? stops at the first no; well-formed? and does it fit? tell every problem at once; content touches
no disk unsealed; nothing is acknowledged before it is durable; the same key with the same content gets the same answer.
"""
