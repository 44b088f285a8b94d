"""Results themselves: what they begin with, and those about prices."""
