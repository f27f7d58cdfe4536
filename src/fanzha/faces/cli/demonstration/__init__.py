"""The demonstration: a simulated city lived through on a real installation, with people who answer warnings, and an account of how it went."""
