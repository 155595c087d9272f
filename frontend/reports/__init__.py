"""What the report pages show, worked out from the rows of reports_nlp: pieces of text, words, counts."""
