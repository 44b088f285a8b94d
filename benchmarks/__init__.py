"""Speed and memory as ratios to another way, measured side by side in one run: `make bench`."""
