"""Exercises that check themselves: a module per chapter holds what is right and the known mistakes."""

from cvlib.exercises.checking import Exercise, WrongAnswer, check

__all__ = ["Exercise", "WrongAnswer", "check"]
