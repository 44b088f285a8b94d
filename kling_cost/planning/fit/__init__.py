"""Plans that are changed so that they fit into a limit and hurt least."""
