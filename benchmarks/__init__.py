"""What a request costs: the floor of native work, the whole path, and the load harness."""
