"""What every model, export and pack says of itself; apart from the toolkit, so that pages need not load torch."""

from typing import Final

STATEMENT: Final = "Research use only. Not a medical device; not for diagnosis or for decisions about patients."
