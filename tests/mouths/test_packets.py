"""That the packet in a file says what `policies.metadata` names, and that what files state is read by `media` (P-002)."""

from itertools import product
from xml.etree import ElementTree

import pytest

from media import embedded, provenance
from media.marks import NAMESPACES, SAVERS, marks, packet
from policies import metadata
from policies.ai_made import Declaration
from policies.policy import strictness
from policies.statements import as_fields, read_xmp
from policies.tokens import data_mining
from tests.media.pictures import meadow
from tests.mouths.space import POLICIES

BASE = "https://art.example"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
PREFIXES = {f"{{{uri}}}": prefix for prefix, uri in NAMESPACES.items()}


def spelled(name: str) -> str:
    """A name of the parsed packet as `policies.metadata` writes it."""
    space, _, local = name.rpartition("}")
    return f"{PREFIXES[space + '}']}:{local}"


def properties(data: bytes) -> dict[str, str | list[str]]:
    """Every property of a packet, by a reader that knows none of them."""
    description = ElementTree.fromstring(data.decode()).find(f".//{RDF}Description")
    assert description is not None
    found: dict[str, str | list[str]] = {
        spelled(name): value for name, value in description.attrib.items() if not name.startswith(RDF)
    }
    for element in description:
        entries = [each.text or "" for each in element.iter(f"{RDF}li")]
        found[spelled(element.tag)] = entries if element.find(f"{RDF}Seq") is not None else entries[0]
    return found


@pytest.mark.rule("P-002")
def test_the_packet_holds_the_properties_that_the_policy_names_and_no_other() -> None:
    for policy, declaration in product(POLICIES, (None, *Declaration)):
        said = metadata.marks(
            policy, BASE, declaration=declaration, creator="Ada <&> Example", licence_url=f"{BASE}/licence"
        )
        assert properties(packet(said)) == said
    assert properties(packet({"plus:DataMining": "whatever the policy says"})) == {
        "plus:DataMining": "whatever the policy says"
    }


@pytest.mark.rule("P-002")
@pytest.mark.parametrize("media_type", SAVERS)
def test_what_a_file_states_is_found_by_the_package_of_pictures_and_understood_by_that_of_policies(
    media_type: str,
) -> None:
    for policy in POLICIES:
        said = metadata.marks(policy, BASE, declaration=Declaration.GENERATED)
        data = SAVERS[media_type](meadow(), marks(said))
        stated = embedded.statements(data)
        assert stated["plus:DataMining"] == data_mining(policy)
        heard = read_xmp({name: value or "" for name, value in stated.items()})
        assert heard.statement
        assert not heard.unreadable
        for field in as_fields(heard.statement):
            own = getattr(policy, field)
            assert strictness(getattr(heard.statement, field)) >= strictness(own), (field, policy)
        assert any("trainedAlgorithmicMedia" in each.excerpt for each in provenance.scan(data).evidence)
