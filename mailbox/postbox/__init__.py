"""The postbox: takes notices of authorities, seals them, makes them available, hands them over, and can prove it.

It promises: an accepted notice is durable before it is acknowledged; its dates come from the law as data and show both
readings where courts disagree; no evidence says more than what happened; and the proof verifies without this service.
It knows the gate only as an OpenID Provider and never imports it. ``law`` and ``proof`` are pure; start reading there.
"""
