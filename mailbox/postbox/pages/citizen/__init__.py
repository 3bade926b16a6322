"""What a citizen sees: the list, a notice with its deadline, the documents, and the proof to keep."""
