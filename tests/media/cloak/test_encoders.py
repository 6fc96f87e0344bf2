"""Which encoder a weight file holds is read from the file; both spellings of an autoencoder are the same network."""

import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import save_file  # noqa: E402

from media.cloak.encoders import UnknownEncoder, load  # noqa: E402
from media.cloak.encoders.autoencoder import Autoencoder  # noqa: E402
from media.cloak.encoders.lite import Lite  # noqa: E402
from media.cloak.encoders.perceptual import Alex, Vgg  # noqa: E402
from media.cloak.encoders.tiny import Tiny  # noqa: E402
from tests.media.cloak import small  # noqa: E402

PICTURE = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(
    ("weights", "kind", "sides"),
    [
        (small.tiny(narrow=True), Tiny, [16, 8]),
        (small.tiny(narrow=False), Tiny, [32, 16]),
        (small.autoencoder(), Autoencoder, [16, 16]),
        (small.vgg(), Vgg, [64, 32, 16, 8, 4]),
        (small.alex(), Alex, [30, 15, 8, 8, 8]),
        (small.lite(), Lite, [16, 8, 4, 2]),
    ],
    ids=["sana", "flux", "autoencoder", "vgg", "alex", "lite"],
)
def test_each_architecture_is_known_by_its_tensors(weights, kind, sides, tmp_path):
    encoder = load(small.saved(weights, tmp_path / "weights.pth"))
    assert type(encoder) is kind
    features = encoder(PICTURE)
    assert [each.shape[-1] for each in features][-len(sides) :] == sides
    assert all(each.isfinite().all() for each in features)
    assert not any(each.requires_grad for each in encoder.parameters())


def test_both_spellings_of_an_autoencoder_and_both_file_formats_give_the_same_features(tmp_path):
    weights = small.autoencoder()
    save_file(weights, tmp_path / "vae.safetensors")
    one = load(tmp_path / "vae.safetensors")
    other = load(small.saved({"state_dict": small.compvis(weights)}, tmp_path / "model.ckpt"))
    assert torch.equal(one(PICTURE)[-1], other(PICTURE)[-1])


def test_a_file_of_something_else_is_refused_by_name(tmp_path):
    with pytest.raises(UnknownEncoder, match=r"other\.pth"):
        load(small.saved({"layer.weight": torch.zeros(2, 2)}, tmp_path / "other.pth"))


def test_the_perceptual_distance_is_nothing_for_equal_pictures_and_grows_with_the_change(tmp_path):
    eye = load(small.saved(small.alex(), tmp_path / "eye.pth"))
    noise = torch.randn(PICTURE.shape, generator=torch.Generator().manual_seed(2))
    distances = [float(eye.distance(PICTURE, PICTURE + size * noise)) for size in (0, 0.01, 0.03)]
    assert distances[0] == 0
    assert 0 < distances[1] < distances[2]
