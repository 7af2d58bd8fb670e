"""How a command reaches AWS: by the `aws` program and by the SDK."""
