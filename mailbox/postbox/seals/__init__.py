"""Seals and signatures in PDFs: judged in the words of ETSI EN 319 102-1, and made where an authority asks for one.

It promises: whether a seal is qualified is computed from its certificate and a trusted list, never asserted; nothing
here reaches out to the network (who makes a seal elsewhere is a channel, behind ``port``); a signature counts only for
the whole file as it lies here; no private key leaves the vault.
"""
