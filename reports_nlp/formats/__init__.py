"""What reports add to the exports of annotation.formats."""
