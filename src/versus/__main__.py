"""`python -m versus`: the command line, where its script is not on the path."""

from versus.cli.main import main

if __name__ == "__main__":
    main()
