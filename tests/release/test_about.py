"""What a descriptor says of its dataset, and what is left out of it because it is not of its kind."""

from typing import Any

import pytest
from describing import RICH

from datapkg.release.about import About, about, doi_of
from datapkg.release.coverage import Place, Span, place_of, span_of
from datapkg.release.licences import licence_of


def told(**words: Any) -> About:
    return about(words, "example", "1.0.0", "2026-01-02T03:04:05Z")


def test_all_that_is_said_is_kept() -> None:
    found = about(RICH, "example", "1.2.0", "2026-01-02T00:00:00Z")
    assert (found.doi, found.url, found.date) == (
        "10.5072/example.1",
        "https://doi.org/10.5072/example.1",
        "2026-01-02",
    )
    assert [agent.name for agent in found.creators] == ["Ada Example", "Grace O'Example"]
    assert (found.publisher.name, found.publisher.ror) == ("Example Press", "03yrm5c26")
    assert (found.agents[0].orcid, found.agents[0].person) == ("0000-0002-1825-0097", True)
    assert [source.doi for source in found.sources] == ["10.5072/paper", None, None]
    assert found.span == Span("2021-08-15", "2023")
    assert found.place == Place(("Afghanistan", "Pakistan"), (60.5, 23.5, 77.9, 38.5))


@pytest.mark.parametrize("junk", [None, 7, "x", [], [7, None, "x", []], {"a": 1}, {"title": 3, "roles": 7, "path": {}}])
def test_what_is_not_of_its_kind_is_left_out(junk: Any) -> None:
    names = ("title", "description", "id", "homepage", "language", "keywords", "licenses", "contributors", "sources")
    found = told(**dict.fromkeys((*names, "temporal", "spatial"), junk))
    assert all(isinstance(word, str) for word in (found.title, found.description, *found.keywords))
    assert (found.homepage, found.span) == (None, None)
    assert found.creators and found.publisher == found.creators[0]


def test_without_contributors_the_maintainers_made_it() -> None:
    assert [agent.name for agent in told().creators] == ["maintainers of example"]


@pytest.mark.parametrize(
    ("roles", "made", "published"),
    [
        ([["author"], ["publisher"]], "a", "b"),
        ([["contributor"], ["curator"]], "b", "b"),
        ([["contributor"], ["publisher"]], "a", "b"),
        ([["publisher"], []], "b", "a"),
        ([["curator", "publisher"]], "a", "a"),
        ([["Data Curator"], ["funder"]], "a", "a"),
    ],
)
def test_who_made_and_who_published(roles: list[list[str]], made: str, published: str) -> None:
    people = [{"title": name, "roles": given} for name, given in zip("ab", roles, strict=False)]
    found = told(contributors=people)
    assert (" ".join(agent.name for agent in found.creators), found.publisher.name) == (made, published)


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        ("10.5281/zenodo.1", "10.5281/zenodo.1"),
        ("https://doi.org/10.5281/zenodo.1", "10.5281/zenodo.1"),
        ("doi:10.5281/ZENODO.1", "10.5281/ZENODO.1"),
        ("https://example.org/10.5281/zenodo.1", None),
        ("10.5281/", None),
        ('10.5281/"x', None),
    ],
)
def test_a_doi_is_known_in_all_its_forms(text: str, doi: str | None) -> None:
    assert doi_of(text) == doi


@pytest.mark.parametrize(
    ("item", "spdx", "url"),
    [
        ({"name": "CC-BY-4.0"}, "CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"),
        ({"name": "cc-by-4.0", "path": "https://example.org/l"}, "CC-BY-4.0", "https://example.org/l"),
        ({"name": "ODC-PDDL-1.0"}, "PDDL-1.0", "https://opendatacommons.org/licenses/pddl/1-0/"),
        (
            {"path": "http://creativecommons.org/licenses/by-sa/4.0"},
            "CC-BY-SA-4.0",
            "http://creativecommons.org/licenses/by-sa/4.0",
        ),
        (
            {"name": "Ours", "path": "https://creativecommons.org/licenses/by/4.0/"},
            None,
            "https://creativecommons.org/licenses/by/4.0/",
        ),
        ({"name": "Ours", "path": "LICENSE.txt"}, None, None),
        ({"title": "Ours"}, None, None),
    ],
)
def test_a_licence_is_known_by_its_name(item: dict[str, str], spdx: str | None, url: str | None) -> None:
    assert (licence_of(item).spdx, licence_of(item).url) == (spdx, url)


@pytest.mark.parametrize(
    ("given", "interval"),
    [
        ({"start": "2021-08-15", "end": "2023-09-30"}, "2021-08-15/2023-09-30"),
        ({"start": "2021", "end": None}, "2021/.."),
        ({"end": "2021-02"}, "../2021-02"),
        (2021, None),
        ("2021/2022", "2021/2022"),
        ("2021", "2021/2021"),
        ({"start": "2021-02-30"}, None),
        ({"start": "15 August"}, None),
    ],
)
def test_a_span_is_two_dates(given: Any, interval: str | None) -> None:
    found = span_of(given)
    assert (found.interval if found else None) == interval


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ("Afghanistan", Place(("Afghanistan",), None)),
        (["A", "B", "A", 3], Place(("A", "B"), None)),
        ({"places": ["A"], "bbox": [1, 2, 3, 4]}, Place(("A",), (1, 2, 3, 4))),
        ({"type": "Polygon", "coordinates": [[[1, 2], [3, 2], [3, 4], [1, 2]]]}, Place((), (1, 2, 3, 4))),
        ({"type": "Point", "coordinates": [1, 2]}, Place((), (1, 2, 1, 2))),
        ({"bbox": [1, 4, 3, 2]}, None),
        ({"bbox": [1, 2, 3, 91]}, None),
        ({"bbox": [1, 2, 3, True]}, None),
        ({"coordinates": [[[]]]}, None),
    ],
)
def test_a_place_is_names_and_a_box(given: Any, place: Place | None) -> None:
    assert place_of(given) == place
