"""How often things happen. docs/simulator.md says how each number was chosen and which are assumptions."""

from __future__ import annotations

from math import sqrt

# People and what they own
HOUSEHOLD_SIZES = (0.25, 0.30, 0.21, 0.15, 0.06, 0.03)  # 1 … 6 persons; mean 2.6
PHONE_FROM_AGE = 12
SIMS_OF_ONE = (0.74, 0.22, 0.04)  # 1, 2, 3 SIMs a phone user
ACCOUNT_FROM_AGE = 14
ACCOUNTS_OF_ONE = (0.42, 0.38, 0.20)  # 1, 2, 3 accounts an account holder
PEOPLE_A_MERCHANT = 40
PEOPLE_AN_EMPLOYER = 120

# Ordinary life, a phone line (or an account holder) and day
CALLS = 1.5
MESSAGES = 1.3
VISITS = 4.0
PURCHASES = 0.7
FAMILY_GIFTS = 0.05
OWN_MOVES = 0.03

# Part of the calls
TO_SERVICES = 0.03
FROM_COURIERS = 0.10
FROM_MARKETING = 0.05
FROM_ELSEWHERE = 0.08
WITH_ABROAD = 0.0015
UNANSWERED = 0.24

# Fraud
FRAUDS_A_PERSON_MONTH = 1 / 3000
LURED_PER_FRAUD = 25  # people contacted and not taken in, for each one who is, at the realistic rate
STOPPED_BEFORE_LOSS = 0.22  # dissuaded by family or own doubt during grooming
STOPPED_AFTER_LOSS = 0.22  # dissuaded after a first payment
REPORTS_A_LOSS = 0.65  # of victims who lost money, those who report
REPORTS_AN_ATTEMPT = 0.12  # of those who lost nothing


def lured_per_fraud(fraud_rate: float) -> float:
    """People contacted in vain for one fraud. A multiplied rate raises it by the root only: else a demonstration's gangs would have written to everybody."""
    return LURED_PER_FRAUD / sqrt(max(1.0, fraud_rate))


HOURS_OF_LIFE = (1, 0.5, 0.3, 0.2, 0.3, 0.8, 2.5, 5, 7, 8, 8.5, 8.5, 7.5, 6.5, 7, 7.5, 8, 8.5, 8.5, 8, 7.5, 6, 4, 2)
HOURS_OF_WORK = (0.05, 0, 0, 0, 0, 0.1, 0.5, 2, 6, 10, 10, 9, 6, 6, 9, 10, 9, 7, 4, 3, 2.5, 1.5, 0.6, 0.2)
HOURS_OF_SCREENS = (3, 1.5, 0.8, 0.5, 0.5, 0.8, 2, 4, 5, 5, 5, 6, 7, 6, 5, 5, 5, 6, 7, 8.5, 9.5, 9.5, 8, 5)
