"""`python -m fanzha.bootstrap`: the `fanzha` command under this interpreter, as one process starts another."""

from fanzha.bootstrap import main

main()
