"""What repeated and overlapping frames do to scores: what memory alone can score, and what networks gain."""
