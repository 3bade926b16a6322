"""Delivery: the life of an accepted notice, from its availability to the proof in both parties' hands.

It promises: visibility, evidence and dates change in one transaction; a killed process loses no work and repeats none
that counts; "offered" is on record before the first plaintext byte and "handed over" only after the last.
"""
