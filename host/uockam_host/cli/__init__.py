"""The command line: one file per noun, each command one function that calls the library."""
