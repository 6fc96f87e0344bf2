"""What stands in the files of pictures, read back by ExifTool."""

from pathlib import Path

import pytest

from media.marks import SAVERS, marks
from policies import metadata
from policies.ai_made import Declaration
from policies.tokens import data_mining, needs_constraint
from tests.conftest import missing
from tests.media.pictures import meadow
from tests.mouths import exiftool
from tests.mouths.space import POLICIES

BASE = "https://art.example"


@pytest.mark.rule("P-130", "P-133")
def test_exiftool_reads_every_policy_from_every_kind_of_file(tmp_path: Path) -> None:
    try:
        exiftool.install()
    except exiftool.MissingError as reason:
        missing(str(reason))
    by_value = {data_mining(policy): policy for policy in POLICIES}
    assert len(by_value) == 5
    said = {}
    for number, (media_type, save) in enumerate(sorted(SAVERS.items())):
        for value, policy in by_value.items():
            said[f"{number}-{value.rpartition('/')[2]}.{media_type.partition('/')[2]}"] = policy
            properties = metadata.marks(
                policy, BASE, declaration=Declaration.GENERATED, creator="Ädä <&> Example"
            )
            name = list(said)[-1]
            (tmp_path / name).write_bytes(save(meadow(), marks(properties)))
    found = exiftool.read(tmp_path)
    assert found.keys() == said.keys()
    for name, policy in said.items():
        read = found[name]
        assert read["DataMining"] == data_mining(policy).rpartition("/")[2], name
        assert read["DigitalSourceType"].endswith("/trainedAlgorithmicMedia"), name
        assert (read["Marked"], read["WebStatement"]) == (True, f"{BASE}/ai-policy"), name
        assert read["Creator"] == "Ädä <&> Example", name
        assert read["Rights"].startswith("© Ädä <&> Example."), name
        assert ("OtherConstraints" in read) is needs_constraint(policy), name
