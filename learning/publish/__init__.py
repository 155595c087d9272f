"""What a paper about a run needs, from what is on record: cohort, tables, figures, checklist. No torch here."""
