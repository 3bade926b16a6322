"""THE REPORTS: one outcome, told four times: text for a terminal, HTML for a person, JSON and JUnit XML for a machine.

They promise: pure functions from an ``Outcome`` to a text; the same findings in each; addresses without their query;
nothing of what pages said but a title in an error.
"""
