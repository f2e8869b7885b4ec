"""Stocktakes (清点核对): two people count blind, a third explains and a fourth confirms what differs from the books."""
