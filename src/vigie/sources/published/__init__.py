"""National and local figures transcribed from published reports, each with its document and its place in it.

Nothing here is measured by Vigie: a figure is what the document prints, and where two places of a document disagree
both are kept and the disagreement is declared.
"""
