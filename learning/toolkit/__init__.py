"""Deep learning for few labelled radiographs, in plain torch and NumPy: no Django, no Celery, no database.

Arrays in, arrays out. `data` holds examples and splits, `train.fit` trains by a `learning.recipe.Recipe`,
`predict` and `evaluate` judge, `active` ranks what to read next, `semi` picks pseudolabels, `export` keeps models.
"""
