"""Checks of the printed numbers against each other: theorems, each applied with what rounding can hide."""
