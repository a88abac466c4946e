"""`dcat.ttl`: the dataset for catalogues, as DCAT-AP 3 has it, in Turtle.

Addresses of files are relative to `dcat.ttl`. No node is blank, since nothing would fix their order.
"""

from decimal import Decimal
from typing import TYPE_CHECKING

from datapkg.release.about import Agent
from datapkg.release.draft import Draft
from datapkg.release.parquet import File
from datapkg.release.texts import text
from datapkg.resources import Table

if TYPE_CHECKING:
    from rdflib import Graph, URIRef

TYPES = "https://www.iana.org/assignments/media-types/"
PARQUET = f"{TYPES}application/vnd.apache.parquet"
FORMAT = "http://publications.europa.eu/resource/authority/file-type/PARQUET"
SHA256 = "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"
LANGUAGES = {
    "de": "DEU",
    "en": "ENG",
    "es": "SPA",
    "fr": "FRA",
    "it": "ITA",
    "nl": "NLD",
    "pl": "POL",
    "pt": "POR",
    "ar": "ARA",
    "fa": "FAS",
    "ps": "PUS",
    "ru": "RUS",
    "ur": "URD",
    "zh": "ZHO",
    "sv": "SWE",
    "da": "DAN",
}
"""The languages that the authority table of DCAT-AP has, as far as they are known here."""


def dcat(draft: Draft) -> str:
    """The text of `dcat.ttl`."""
    return graph_of(draft).serialize(format="turtle")


def graph_of(draft: Draft) -> "Graph":
    """The release as a graph."""
    from rdflib import Graph, Literal, URIRef
    from rdflib.namespace import DCAT, DCTERMS, RDF, XSD

    about = draft.about
    graph = Graph(bind_namespaces="none")
    _bind(graph)
    dataset = URIRef(about.iri or "#dataset")
    graph.add((dataset, RDF.type, DCAT.Dataset))
    graph.add((dataset, DCTERMS.title, Literal(about.title)))
    graph.add((dataset, DCTERMS.description, Literal(about.description or about.title)))
    graph.add((dataset, DCTERMS.identifier, Literal(about.id or f"{about.name}@{about.version}")))
    graph.add((dataset, URIRef(f"{DCAT}version"), Literal(about.version)))
    for word in about.keywords:
        graph.add((dataset, DCAT.keyword, Literal(word)))
    if about.date:
        graph.add((dataset, DCTERMS.issued, Literal(about.date, datatype=XSD.date)))
    if about.homepage:
        page = _typed(graph, about.homepage, "http://xmlns.com/foaf/0.1/Document")
        graph.add((dataset, DCAT.landingPage, page))
    if about.language in LANGUAGES:
        spoken = f"http://publications.europa.eu/resource/authority/language/{LANGUAGES[about.language]}"
        graph.add((dataset, DCTERMS.language, _typed(graph, spoken, DCTERMS.LinguisticSystem)))
    _add_agents(graph, dataset, draft)
    _add_coverage(graph, dataset, draft)
    _add_sources(graph, dataset, draft)
    for table in draft.dataset.tables:
        for file in draft.files[table.name]:
            _add_distribution(graph, dataset, draft, table, file)
    return graph


def _bind(graph: "Graph") -> None:
    from rdflib.namespace import DCAT, DCTERMS, FOAF, PROV, RDF, RDFS, XSD

    for prefix, space in (
        *(("dcat", DCAT), ("dct", DCTERMS), ("foaf", FOAF), ("prov", PROV), ("rdf", RDF), ("rdfs", RDFS)),
        *(("spdx", "http://spdx.org/rdf/terms#"), ("vcard", "http://www.w3.org/2006/vcard/ns#"), ("xsd", XSD)),
    ):
        graph.bind(prefix, space)


def _typed(graph: "Graph", address: str, kind: str) -> "URIRef":
    """A node, with its type, which the shapes ask for."""
    from rdflib import URIRef
    from rdflib.namespace import RDF

    node = URIRef(address)
    graph.add((node, RDF.type, URIRef(kind)))
    return node


def _add_agents(graph: "Graph", dataset: "URIRef", draft: Draft) -> None:
    from rdflib import Literal, URIRef
    from rdflib.namespace import DCAT, DCTERMS, FOAF

    about = draft.about
    known = list(dict.fromkeys((*about.creators, about.publisher, *about.agents)))
    nodes = {agent: _agent(graph, agent, number) for number, agent in enumerate(known, 1)}
    for agent in about.creators:
        graph.add((dataset, DCTERMS.creator, nodes[agent]))
    graph.add((dataset, DCTERMS.publisher, nodes[about.publisher]))
    for number, agent in enumerate(known, 1):
        graph.add((nodes[agent], FOAF.name, Literal(agent.name)))
        if agent.email:
            contact = _typed(graph, f"#contact-{number}", "http://www.w3.org/2006/vcard/ns#Kind")
            graph.add((contact, URIRef("http://www.w3.org/2006/vcard/ns#fn"), Literal(agent.name)))
            address = URIRef(f"mailto:{agent.email}")
            graph.add((contact, URIRef("http://www.w3.org/2006/vcard/ns#hasEmail"), address))
            graph.add((dataset, DCAT.contactPoint, contact))


def _agent(graph: "Graph", agent: Agent, number: int) -> "URIRef":
    from rdflib.namespace import FOAF

    return _typed(graph, agent.iri or f"#agent-{number}", FOAF.Agent)


def _add_coverage(graph: "Graph", dataset: "URIRef", draft: Draft) -> None:
    from rdflib import Literal, URIRef
    from rdflib.namespace import DCAT, DCTERMS, RDFS, XSD

    about = draft.about
    kinds = {4: XSD.gYear, 7: XSD.gYearMonth, 10: XSD.date}
    if about.span:
        period = _typed(graph, "#period", DCTERMS.PeriodOfTime)
        graph.add((dataset, DCTERMS.temporal, period))
        for predicate, moment in ((DCAT.startDate, about.span.start), (DCAT.endDate, about.span.end)):
            if moment:
                graph.add((period, predicate, Literal(moment, datatype=kinds[len(moment)])))
    if about.place:
        place = _typed(graph, "#place", DCTERMS.Location)
        graph.add((dataset, DCTERMS.spatial, place))
        for name in about.place.names:
            graph.add((place, RDFS.label, Literal(name)))
        if about.place.bbox:
            west, south, east, north = (_decimal(side) for side in about.place.bbox)
            corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
            ring = ", ".join(f"{x} {y}" for x, y in corners)
            kind = URIRef("http://www.opengis.net/ont/geosparql#wktLiteral")
            graph.add((place, DCAT.bbox, Literal(f"POLYGON(({ring}))", datatype=kind)))


def _add_sources(graph: "Graph", dataset: "URIRef", draft: Draft) -> None:
    from rdflib import Literal, URIRef
    from rdflib.namespace import PROV, RDFS

    for source in draft.about.sources:
        if source.url:
            graph.add((dataset, PROV.wasDerivedFrom, URIRef(source.url)))
            if source.title:
                graph.add((URIRef(source.url), RDFS.label, Literal(source.title)))


def _add_distribution(graph: "Graph", dataset: "URIRef", draft: Draft, table: Table, file: File) -> None:
    from rdflib import Literal, URIRef
    from rdflib.namespace import DCAT, DCTERMS, XSD

    spdx = "http://spdx.org/rdf/terms#"
    node = _typed(graph, f"#{file.path}", DCAT.Distribution)
    graph.add((dataset, DCAT.distribution, node))
    graph.add((node, DCTERMS.title, Literal(text(table.descriptor.get("title")) or file.path)))
    if told := text(table.descriptor.get("description")):
        graph.add((node, DCTERMS.description, Literal(told)))
    address = URIRef(file.path)
    graph.add((node, DCAT.accessURL, address))
    graph.add((node, DCAT.downloadURL, address))
    graph.add((node, DCAT.mediaType, _typed(graph, PARQUET, DCTERMS.MediaType)))
    graph.add((node, DCTERMS["format"], _typed(graph, FORMAT, DCTERMS.MediaTypeOrExtent)))
    graph.add((node, DCAT.byteSize, Literal(str(file.bytes), datatype=XSD.nonNegativeInteger)))
    checksum = _typed(graph, f"#{file.path}.sha256", f"{spdx}Checksum")
    graph.add((node, URIRef(f"{spdx}checksum"), checksum))
    graph.add((checksum, URIRef(f"{spdx}algorithm"), _typed(graph, SHA256, f"{spdx}ChecksumAlgorithm")))
    graph.add((checksum, URIRef(f"{spdx}checksumValue"), Literal(file.sha256, datatype=XSD.hexBinary)))
    for licence in draft.about.licences:
        if licence.url:
            graph.add((node, DCTERMS.license, _typed(graph, licence.url, DCTERMS.LicenseDocument)))
            break  # The profile has one licence of a distribution.


def _decimal(value: float) -> str:
    """A number without an exponent."""
    return f"{Decimal(repr(value)):f}"
