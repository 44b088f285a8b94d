"""Run the command `kling-cost` as `python -m kling_cost`."""

from kling_cost.cli import run

if __name__ == "__main__":
    run()
