"""The reporter's own page: status, due time, messages."""
