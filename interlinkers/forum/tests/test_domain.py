"""The forum's rules, without a database or a server."""

from __future__ import annotations

import pytest

from interlinker_forum import domain
from interlinker_forum.domain import Outcome, PostState, TopicState

POOL, PARK = b"the key of the pool", b"the key of the park"


class TestWhoMayPost:
    def test_a_person_with_an_account_may_post_where_guests_may_not(self) -> None:
        domain.require_may_post(guests=False, signed_in=True)

    def test_a_guest_may_post_where_the_board_takes_guests(self) -> None:
        domain.require_may_post(guests=True, signed_in=False)

    def test_a_guest_may_not_post_elsewhere(self) -> None:
        with pytest.raises(domain.GuestsNotAllowedError):
            domain.require_may_post(guests=False, signed_in=False)

    def test_an_open_topic_takes_posts(self) -> None:
        domain.require_open(TopicState.OPEN)

    def test_a_closed_topic_refuses_posts(self) -> None:
        with pytest.raises(domain.TopicClosedError):
            domain.require_open(TopicState.CLOSED)


class TestTakingDown:
    def test_an_author_takes_back_what_is_hers(self) -> None:
        domain.require_own("ana", "ana")

    @pytest.mark.parametrize(("author", "caller"), [("ana", "ben"), ("ana", None), (None, None)])
    def test_nobody_else_does(self, author: str | None, caller: str | None) -> None:
        with pytest.raises(domain.NotYoursError):
            domain.require_own(author, caller)

    @pytest.mark.parametrize("state", [PostState.WITHDRAWN, PostState.REMOVED])
    def test_what_is_gone_is_not_taken_down_again(self, state: PostState) -> None:
        domain.require_standing(PostState.PUBLISHED)
        with pytest.raises(domain.PostGoneError):
            domain.require_standing(state)


class TestSummary:
    @pytest.mark.parametrize(
        ("posts", "people", "english", "spanish", "german"),
        [
            (0, 0, "No replies", "Sin respuestas", "Keine Antworten"),
            (1, 1, "1 post by 1 person", "1 mensaje de 1 persona", "1 Beitrag von 1 Person"),
            (3, 1, "3 posts by 1 person", "3 mensajes de 1 persona", "3 Beiträge von 1 Person"),
            (12, 8, "12 posts by 8 people", "12 mensajes de 8 personas", "12 Beiträge von 8 Personen"),
        ],
    )
    def test_counts_read_naturally_in_every_language(
        self, posts: int, people: int, english: str, spanish: str, german: str
    ) -> None:
        assert domain.summary(posts, people) == {"en": english, "es": spanish, "de": german}

    def test_a_topic_somebody_answered_was_discussed(self) -> None:
        assert domain.outcome_of(1) is Outcome.DISCUSSED

    def test_a_topic_nobody_answered_has_no_replies(self) -> None:
        assert domain.outcome_of(0) is Outcome.NO_REPLIES


class TestPseudonym:
    def test_a_person_keeps_it_on_a_board(self) -> None:
        assert domain.pseudonym(POOL, "ana") == domain.pseudonym(POOL, "ana")

    def test_it_differs_from_board_to_board(self) -> None:
        assert domain.pseudonym(POOL, "ana") != domain.pseudonym(PARK, "ana")

    def test_it_differs_from_person_to_person(self) -> None:
        assert domain.pseudonym(POOL, "ana") != domain.pseudonym(POOL, "ben")

    def test_it_does_not_contain_the_person(self) -> None:
        assert "ana" not in domain.pseudonym(POOL, "ana")


class TestImportedItems:
    def test_an_item_keeps_its_title(self) -> None:
        assert domain.imported_title("A pool", "Text") == "A pool"

    def test_an_untitled_item_is_named_after_its_first_line_that_says_something(self) -> None:
        assert domain.imported_title(None, "\n---\n## More  trees \nbecause") == "More trees"

    def test_a_long_first_line_is_cut_to_what_a_title_holds(self) -> None:
        title = domain.imported_title(None, "word " * 100)
        assert title is not None
        assert len(title) <= 200
        assert title.endswith("…")

    def test_an_item_without_words_has_no_title(self) -> None:
        assert domain.imported_title(None, " \n") is None

    def test_what_an_earlier_step_found_is_a_line_of_the_opening(self) -> None:
        extra = {"support": 12, "cost": 3000, "internal": "x", "votes": [1]}
        assert domain.imported_text("Trees", extra, "es-MX") == "Trees\n\nApoyos: 12 · Coste: 3000"

    def test_a_text_that_fills_the_room_goes_without_that_line(self) -> None:
        assert domain.imported_text("x" * 20_000, {"support": 12}, "en") == "x" * 20_000

    def test_a_language_without_names_of_its_own_gets_english_ones(self) -> None:
        assert domain.imported_text(None, {"support": 12}, "lv") == "Support: 12"
