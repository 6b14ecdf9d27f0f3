"""The public journey: sort, what, where, details, contact, check, sent."""
