"""What was billed: reservations, settlements and refunds, compared with the estimate."""
