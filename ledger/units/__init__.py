"""Units, the people in them, their roles and their credentials."""
