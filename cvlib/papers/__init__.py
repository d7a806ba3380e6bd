"""What the papers published, as data: each number with its place, unit and definition."""

from cvlib.papers.claims import Claim, claim, claims

__all__ = ["Claim", "claim", "claims"]
