"""What benchmarks of the reading room share: cases made on the spot, a service with them, a browser to read them."""
