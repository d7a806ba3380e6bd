"""Measures: arrays in, numbers out. Nothing here knows of files, models or figures."""
