"""One module a kind: from the cells of a sheet to the columns of its lake table."""
