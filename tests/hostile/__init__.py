"""Words that would act on a terminal, a terminal to show them on, and what tells whether one acted."""
