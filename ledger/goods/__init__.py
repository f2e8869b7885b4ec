"""The goods themselves: lines, places, positions and the movements between them."""
