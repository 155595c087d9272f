"""DICOM in and out: pydicom and numpy, no Django.

pydicom's warnings quote the values of tags and the names of files: PHI, which must not reach a log or a terminal.
"""

import logging
import warnings

import pydicom.config  # sets its logger's level when it is imported, so ours is set afterwards

logging.getLogger(pydicom.config.__name__.partition(".")[0]).setLevel(logging.CRITICAL + 1)
warnings.filterwarnings("ignore", category=UserWarning, module=r"pydicom(\.|$)")
