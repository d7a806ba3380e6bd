"""Scores of predictions that were made elsewhere, beside the published rows.

Reads the files (``masks``, ``boxes``, ``coco``, ``labels``, ``points``), checks them, and hands arrays to the
same measures that the chapters show.
"""
