"""`python -m kling_cost` is the command `kling-cost`."""

from kling_cost.cli import run

if __name__ == "__main__":
    run()
