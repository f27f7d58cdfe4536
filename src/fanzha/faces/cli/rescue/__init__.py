"""`fanzha bench rescue`: frauds, banks and officers that never were, against the real services and the machine interface, on a clock of their own."""
