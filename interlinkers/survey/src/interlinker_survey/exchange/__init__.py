"""Surveys to and from elsewhere: responses as files, what they measure as a codebook. Pure; nothing here knows a database.

book = read_book(definition)
given = Given(book, lambda: scan(…), Words("de", Values.LABELS), title)
for piece in write_csv(given, layout=Layout.LONG): …
"""

from interlinker_survey.exchange.files import Given, Layout, write_codebook, write_csv, write_spss, write_xlsx
from interlinker_survey.exchange.tables import Values, Words
from interlinker_survey.exchange.variables import Book, Kind, Variable, former_name, read_book, say

__all__ = [
    "Book",
    "Given",
    "Kind",
    "Layout",
    "Values",
    "Variable",
    "Words",
    "former_name",
    "read_book",
    "say",
    "write_codebook",
    "write_csv",
    "write_spss",
    "write_xlsx",
]
