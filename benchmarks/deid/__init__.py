"""Invented people and authored clinical text, for the measurement of de-identification."""
