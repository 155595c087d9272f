"""Effects of the rows in `learning.toolkit.inventory.transfer`."""
