"""The loop: two agents, a judge, guards and budgets, until there is an outcome."""
