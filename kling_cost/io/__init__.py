"""Text formats, read exactly: bytes in, plain values out, every fault with its line and column."""
