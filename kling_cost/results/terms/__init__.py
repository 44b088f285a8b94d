"""How results say what a price list says beside unit prices."""
