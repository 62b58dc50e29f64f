"""What is timed, and against which budget or peer. Figures to read, never tests to fail."""
