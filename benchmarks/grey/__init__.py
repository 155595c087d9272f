"""What the check of grey levels is made of: a reference in pydicom and numpy, files to import, a browser to look."""
