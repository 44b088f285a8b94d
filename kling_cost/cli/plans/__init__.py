"""What verbs about plans share: other plans, rules that were learnt, and what is written."""
