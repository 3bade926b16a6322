"""Notices written from a template: accessible on screen (PDF/UA-1), fit for a window envelope (DIN 5008 form B).

It promises: what stands in a field is shown as text and never run; the information on legal remedies is made from the
structured remedy, so that paper, page and computation say the same; a template is known by the hash of its bytes.
"""
