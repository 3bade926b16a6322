"""Law: which day a notice counts as announced, and how long one may object, as pure functions over dated data.

It promises: a regime follows from channel, procedural law, Land and date, never from a default; both readings are
computed where they are disputed; instants are aware UTC and the legal day is the date in Berlin; a computation carries
its rules, citations and calendar, and a later rule never rewrites it.
"""
