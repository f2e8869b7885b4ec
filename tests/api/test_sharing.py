from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import sleep

import pytest

from ledger.api.sharing import Sharing


class Fault(Exception):
    """What a thing that cannot be written causes."""


class Book:
    """Keeps what is written, a transaction at a time; the first one waits until it is let go."""

    def __init__(self) -> None:
        self.transactions = []
        self.has_begun, self.may_end = Event(), Event()

    def write(self, things):
        if "bad" in things:
            raise Fault
        if not self.transactions:
            self.has_begun.set()
            self.may_end.wait(10)
        self.transactions.append(list(things))
        return [f"{thing} written" for thing in things]


def bring(sharing, book, waiting):
    """Bring one thing, and while it is being written several others; return the answer or error of each."""
    with ThreadPoolExecutor(len(waiting) + 1) as pool:
        first = pool.submit(sharing.bring, ["first"])
        book.has_begun.wait(10)
        others = [pool.submit(sharing.bring, things) for things in waiting]
        while len(sharing._waiting) < len(waiting):  # noqa: SLF001 - nothing else tells that they wait
            sleep(0.001)
        book.may_end.set()
        return [each.exception(10) or each.result() for each in (first, *others)]


def test_what_comes_while_another_is_written_shares_the_next_transaction():
    book = Book()
    sharing = Sharing(book.write, most=100)

    answers = bring(sharing, book, [[1, 2], [3], [4]])

    assert answers == [["first written"], ["1 written", "2 written"], ["3 written"], ["4 written"]], "each its own"
    assert [sorted(map(str, things)) for things in book.transactions] == [["first"], ["1", "2", "3", "4"]]


def test_a_transaction_takes_no_more_than_it_may():
    book = Book()
    sharing = Sharing(book.write, most=3)

    bring(sharing, book, [[1, 2], [3, 4], [5], [6, 7, 8, 9]])

    written = [things for transaction in book.transactions[1:] for things in transaction]
    assert sorted(written) == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert max(map(len, book.transactions)) == 4, "what one request brings stays together"
    assert all(len(things) <= 3 or things == [6, 7, 8, 9] for things in book.transactions)


def test_who_is_answered_waits_for_nobody():
    book, held, may_end = Book(), Event(), Event()

    def write(things):
        if 3 in things:
            held.set()
            may_end.wait(10)
        return book.write(things)

    sharing = Sharing(write, most=2)
    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(sharing.bring, ["first"])
        book.has_begun.wait(10)
        others = []
        for thing in (1, 2, 3, 4):
            others.append(pool.submit(sharing.bring, [thing]))
            while len(sharing._waiting) < thing:  # noqa: SLF001 - nothing else tells that it waits
                sleep(0.001)
        book.may_end.set()
        held.wait(10)
        early = [each.result(10) for each in (first, *others[:2])]
        late = [each.done() for each in others[2:]]
        may_end.set()

    assert early == [["first written"], ["1 written"], ["2 written"]]
    assert late == [False, False], "these are still being written"
    assert [each.result() for each in others[2:]] == [["3 written"], ["4 written"]]


def test_the_fault_of_one_is_its_own():
    book = Book()
    sharing = Sharing(book.write, most=100)

    answers = bring(sharing, book, [[1], ["bad"], [2]])

    assert [type(answer) for answer in answers] == [list, list, Fault, list]
    assert sorted(things[0] for things in book.transactions[1:]) == [1, 2]


def test_what_cannot_be_written_is_told_at_once():
    with pytest.raises(Fault):
        Sharing(Book().write, most=1).bring(["bad"])
