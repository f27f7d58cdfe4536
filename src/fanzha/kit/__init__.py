"""Tools that know nothing of the field: errors, clock, ids, money, paging, events, progress."""
