"""A network that has read much text (multilingual-e5-small, MIT): numbers for texts, near one another where the texts say the same in other words (0244)."""
