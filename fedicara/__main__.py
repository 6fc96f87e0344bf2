"""`python -m fedicara`: the command line."""

from fedicara.cli.application import main

if __name__ == "__main__":
    main()
