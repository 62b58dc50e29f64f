"""Outlook: the supply of practitioners and the access it gives, year by year to 2035."""
