"""Thin doors for machines: they call the same model methods as the pages do."""
