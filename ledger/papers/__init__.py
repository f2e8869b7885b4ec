"""The papers that leave the house: fonts, layout, and the drawing of each document from plain data."""
