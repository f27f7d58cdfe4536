"""Follow money from account to account (资金穿透): time-respecting, to the fen, by a named method."""
