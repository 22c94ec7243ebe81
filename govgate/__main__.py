"""`python -m govgate`: the same as the installed command."""

from govgate.cli import main

if __name__ == "__main__":
    main()
