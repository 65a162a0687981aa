"""Many runs in this process: a suite of goals, pursued by variants side by side."""
