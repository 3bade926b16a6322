"""Two honest identity providers beside BundID's stand-in: an organisations' account and a state's account.

They speak as Mein Unternehmenskonto and Servicekonto Schleswig-Holstein do in public integrations, sign and encrypt for
real, and know each service by pairwise identifiers. They answer correctly or not at all; broken answers are BundID's.
"""
