"""Networks by name; each gives an embedding (`features`) and one logit per finding (`forward`)."""

from learning.toolkit.nets.catalogue import NETWORKS
from learning.toolkit.nets.network import Network, build_network

__all__ = ["NETWORKS", "Network", "build_network"]
