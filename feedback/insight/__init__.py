"""Figures: one module computes each figure once."""
