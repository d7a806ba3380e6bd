"""From video to reviewed masks: the steps of paper 1's "Data Annotation Methods"."""
