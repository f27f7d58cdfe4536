"""The intake desk (警情汇集): files and requests become lake events, reports and indicators, and nothing is lost on the way."""
