"""What we want made: request bodies, sheets and campaign files become `Job`s; the APIs' rules are held here."""
