"""RadLoop from a notebook: `Client` reads snapshots and writes predictions over REST. Needs NumPy and httpx alone.

>>> from learning.client import Client
>>> radloop = Client("https://radloop.example.org", token="rl_…")
"""

from learning.client.client import Client, RadLoopError
from learning.client.frozen import Frozen

__all__ = ["Client", "Frozen", "RadLoopError"]
