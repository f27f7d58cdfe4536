"""The event lake: Delta tables of calls, messages, visits, transfers, accounts and sims."""
