"""Cells and where they are: rows and columns count from 0 here, from 1 and A for people."""

from datetime import date, datetime, time, timedelta

Cell = str | int | float | bool | date | datetime | time | timedelta | None
"""What a spreadsheet gives for one cell; an empty one is None or an empty text."""

Spot = tuple[int, int]
"""A cell's row and column."""

Cells = tuple[Spot, Spot]
"""The first and the last cell of a rectangle."""


def column_number(letters: str) -> int:
    """Return the column, counted from 0, that a spreadsheet shows as letters."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def column_letters(number: int) -> str:
    """Return what a spreadsheet shows for the column counted from 0."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
