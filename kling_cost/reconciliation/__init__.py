"""What was billed: reservations, settlements and refunds, held against the estimate."""
