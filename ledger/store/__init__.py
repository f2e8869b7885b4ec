"""The store: goods change their location, go out as samples, and leave by other ways than destruction."""
