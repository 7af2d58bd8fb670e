"""An AWS of our own for the demo: moto on the loopback, in a child process that ends with its parent."""
