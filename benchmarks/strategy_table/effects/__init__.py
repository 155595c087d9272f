"""One function per measured row: plays the strategy and its control with one seed (`Bench` in, `Paired` out)."""
