"""`python -m amiko` is `amiko`."""

from amiko.cli import main

main()
