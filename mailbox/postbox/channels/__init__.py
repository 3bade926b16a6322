"""Channels: every way out of the postbox, to the gate's keys and to the mail server.

It promises: each call has a time limit; a channel that does not answer raises ChannelDown and changes nothing here;
what leaves carries no content of a notice.
"""
