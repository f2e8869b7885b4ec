"""Reports of an event, from its sealed content alone: the same figures, however often they are asked for."""
