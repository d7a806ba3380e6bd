"""Classification: networks, training and scores (paper 1, Defect Classification)."""
