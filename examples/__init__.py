"""The sample campaign in every input form; `python -m examples.make` makes all of them from campaign.yaml."""
