"""Arms of the throughput benchmarks: our loop, a bare PyTorch loop, a MONAI pipeline; same network, same images."""
