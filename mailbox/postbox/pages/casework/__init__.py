"""What a caseworker sees: the open cases of the own authorities, one form, a preview with the dates, and the proof."""
